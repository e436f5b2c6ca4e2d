import { library } from '../../tsup.shared.ts';

export default library({ index: 'src/index.ts', 'picture-worker': 'src/picture-worker.ts' });
