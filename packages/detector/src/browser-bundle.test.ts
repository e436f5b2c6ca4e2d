import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { build } from 'tsup';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type * as detector from './index.js';

let folder = '';
let inBrowser: typeof detector;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mint-detector-'));
  await build({
    config: false,
    silent: true,
    format: ['iife'],
    platform: 'browser',
    globalName: 'detector',
    outDir: folder,
    entry: { detector: fileURLToPath(new URL('./index.ts', import.meta.url)) },
    noExternal: [/.*/],
    esbuildOptions: (options) => {
      options.conditions = ['@mint/source', 'browser'];
    },
  });
  const code = await readFile(join(folder, 'detector.global.js'), 'utf8');
  const page = createContext({ document: {}, Float32Array, Uint8Array, TextEncoder, TextDecoder, console });
  inBrowser = runInContext(`var window = globalThis; ${code}; detector`, page);
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a bundle for browsers has nothing of Node.js, and folders are refused there', async () => {
  const unavailable = expect.objectContaining({
    code: 'UNAVAILABLE',
    message: expect.stringMatching(/MintDetector\.fromUrl/),
  });
  await expect(inBrowser.MintDetector.load('model')).rejects.toEqual(unavailable);
});
