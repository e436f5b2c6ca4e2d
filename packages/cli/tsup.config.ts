import { library } from '../../tsup.shared.ts';

export default library({
  index: 'src/index.ts',
  bin: 'src/bin.ts',
  'serve-read': 'src/commands/serve/threads/read.ts',
  'serve-score': 'src/commands/serve/threads/score.ts',
  'device-probe': 'src/devices/device-probe.ts',
});
