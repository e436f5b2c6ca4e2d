import { library } from '../../tsup.shared.ts';

export default library({
  index: 'src/index.ts',
  pixels: 'src/pixels.ts',
  'image-worker': 'src/image-worker.ts',
});
