import { fileURLToPath } from 'node:url';

/** Arguments of `node` that start the command from its source. */
export const MINT: readonly string[] = [
  '--conditions=@mint/source',
  '--import',
  import.meta.resolve('tsx'),
  fileURLToPath(new URL('../bin.ts', import.meta.url)),
];
