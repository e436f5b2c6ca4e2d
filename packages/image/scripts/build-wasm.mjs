/** Assembles src/resize/simd.wat and writes it as base64, so that the package needs no file beside its code. */
import { readFile, writeFile } from 'node:fs/promises';
import wabt from 'wabt';

const source = new URL('../src/resize/simd.wat', import.meta.url);
const { parseWat } = await wabt();
const { buffer } = parseWat('simd.wat', await readFile(source, 'utf8')).toBinary({});
await writeFile(
  new URL('../src/resize/simd-module.ts', import.meta.url),
  `/** simd.wat, assembled: made by \`pnpm build:wasm\`. */\nexport const RESIZE_SIMD =\n  '${Buffer.from(buffer).toString('base64')}';\n`,
);
