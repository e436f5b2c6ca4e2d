/** A process that writes two models in turn into a folder, and says after each which one is there: `model-writer.ts <folder>`. */
import '@tensorflow/tfjs-backend-cpu';
import { tinyConfig } from '@mint/test-utils/tiny-config';
import { MintDetector } from '../index.js';
import { writeModelFolder } from '../model-folder/folder.js';

const [, , folder = '', first = '0'] = process.argv;
const stateOf = (seed: number) => MintDetector.create({ ...tinyConfig(['nut', 'bolt']), map: 'distance', seed }).toState();
const states = [stateOf(1), stateOf(2)] as const;
process.stdout.write('ready\n');
for (let version = Number(first); ; version++) {
  const state = states[version % 2 === 0 ? 0 : 1];
  await writeModelFolder(folder, { ...state, provenance: { version } });
  process.stdout.write(`${version}\n`);
}
