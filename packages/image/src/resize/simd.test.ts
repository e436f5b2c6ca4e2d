import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import wabt from 'wabt';
import { resizePlain } from './plain.js';
import { resizeSimd } from './simd.js';
import { RESIZE_SIMD } from './simd-module.js';
import { tapsFor } from './taps.js';

/** Bytes with as much black and white as noise: what overshoots is clipped. */
function noise(length: number, seed: number): Uint8Array {
  let state = seed | 1;
  return Uint8Array.from({ length }, () => {
    state = Math.imul(state, 0x9e3779b1) ^ (state >>> 15);
    const value = state >>> 24;
    return state & 64 ? value : value < 128 ? 0 : 255;
  });
}

test('gives the bytes of the plain passes, for any sizes and filter, with one pass or two', () => {
  const side = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 400 }));
  const filter = fc.constantFrom('bilinear' as const, 'bicubic' as const, 'lanczos' as const);
  fc.assert(
    fc.property(
      side,
      side,
      side,
      side,
      filter,
      fc.integer(),
      (width, height, toWidth, toHeight, kind, seed) => {
        const source = noise(width * height * 3, seed);
        const columns = width === toWidth ? undefined : tapsFor(width, toWidth, kind);
        const rows = height === toHeight ? undefined : tapsFor(height, toHeight, kind);
        for (const [c, r] of [
          [columns, rows],
          [columns, undefined],
          [undefined, rows],
        ] as const) {
          const fast = resizeSimd(source, { width, height }, c, r);
          expect(fast).toBeDefined();
          expect(Buffer.compare(fast ?? source, resizePlain(source, { width, height }, c, r))).toBe(0);
        }
      },
    ),
    { numRuns: 100, seed: 1 },
  );
});

test('an image that needs much memory goes through in blocks, again and again', () => {
  const [width, height] = [307, 1511];
  const source = noise(width * height * 3, 5);
  const columns = tapsFor(width, 15_013, 'bilinear');
  const plain = resizePlain(source, { width, height }, columns, undefined);
  for (let again = 0; again < 2; again++)
    expect(Buffer.compare(resizeSimd(source, { width, height }, columns, undefined) ?? source, plain)).toBe(
      0,
    );
});

test('the module in the code is the one its source gives', async () => {
  const { parseWat } = await wabt();
  const text = await readFile(new URL('./simd.wat', import.meta.url), 'utf8');
  const { buffer } = parseWat('simd.wat', text).toBinary({});
  expect(RESIZE_SIMD).toBe(Buffer.from(buffer).toString('base64'));
});
