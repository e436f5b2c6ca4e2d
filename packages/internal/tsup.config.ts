import { library } from '../../tsup.shared.ts';

export default library({ index: 'src/index.ts', tfjs: 'src/tfjs.ts', node: 'src/node.ts' });
