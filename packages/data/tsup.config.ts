import { library } from '../../tsup.shared.ts';

export default library({
  index: 'src/index.ts',
  pixels: 'src/pixels.ts',
  'picture-worker': 'src/picture-worker.ts',
});
