import { createContext, runInContext } from 'node:vm';
import { bundleForBrowser } from '@mint/test-utils/browser-bundle';
import { beforeAll, expect, test } from 'vitest';
import type * as detector from './index.js';

let inBrowser: typeof detector;

beforeAll(async () => {
  const code = await bundleForBrowser(new URL('./index.ts', import.meta.url), 'detector');
  const page = createContext({ document: {}, Float32Array, Uint8Array, TextEncoder, TextDecoder, console });
  inBrowser = runInContext(`var window = globalThis; ${code}; detector`, page);
});

test('a bundle for browsers has nothing of Node.js, and folders are refused there', async () => {
  const unavailable = expect.objectContaining({
    code: 'UNAVAILABLE',
    message: expect.stringMatching(/MintDetector\.fromUrl/),
  });
  await expect(inBrowser.MintDetector.load('model')).rejects.toEqual(unavailable);
});
