import { createContext, runInContext } from 'node:vm';
import { bundleForBrowser } from '@mint/test-utils/browser-bundle';
import { jpegFile } from '@mint/test-utils/jpeg-files';
import { beforeAll, expect, test } from 'vitest';
import type * as images from './index.js';
import { decodeJpegDraft, prepareImage, type RgbImage } from './index.js';

let inBrowser: typeof images;

/** What a browser has of Node's globals, and no more. */
const BROWSER = { atob, WebAssembly, Uint8Array, Int32Array, Int16Array, Float32Array, Float64Array };

beforeAll(async () => {
  const code = await bundleForBrowser(new URL('./index.ts', import.meta.url), 'images');
  const node = [...code.matchAll(/\brequire\(|\bimport\(|\bnode:\w|\bBuffer\b|\bprocess\./g)];
  expect(node.map(({ index }) => code.slice(index - 30, index + 30))).toEqual([]);
  inBrowser = runInContext(`${code}; images`, createContext({ ...BROWSER }));
});

const noise = (width: number, height: number): RgbImage => ({
  width,
  height,
  data: Uint8Array.from({ length: 3 * width * height }, (_, i) => (i * 2654435761) >>> 24),
});

test.each([
  { width: 224, height: 224, filter: 'bilinear' },
  { width: 31, height: 37, filter: 'lanczos', padToSquare: true },
  { width: 41, height: 29, filter: 'bicubic', resize: 53 },
] as const)('a bundle for browsers prepares images to the same bytes: %o', (preprocessing) => {
  const image = noise(307, 211);
  const here = prepareImage({ image }, preprocessing).image;
  const there = inBrowser.prepareImage({ image }, preprocessing).image;
  expect([there.width, there.height]).toEqual([here.width, here.height]);
  expect(Buffer.compare(Buffer.from(there.data), Buffer.from(here.data))).toBe(0);
});

test.each([true, false])('and decodes JPEG to the same bytes, in draft: %s', (jpegDraft) => {
  const bytes = jpegFile('420');
  const preprocessing = { width: 40, height: 30, filter: 'bilinear', jpegDraft } as const;
  const denominator = inBrowser.draftDenominator({ width: 203, height: 151 }, preprocessing);
  expect(denominator).toBe(jpegDraft ? 4 : 1);
  const here = decodeJpegDraft(bytes, denominator);
  const there = inBrowser.decodeJpegDraft(bytes, denominator);
  expect([there.width, there.height]).toEqual([here.width, here.height]);
  expect(Buffer.compare(Buffer.from(there.data), Buffer.from(here.data))).toBe(0);
});
