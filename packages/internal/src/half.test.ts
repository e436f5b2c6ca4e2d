import { expect, test } from 'vitest';
import { floatsToHalves, halvesToFloats } from './half.js';
import { floatToHalf, halfToFloat } from './index.js';

test('every float16 survives the conversion to float32 and back', () => {
  for (let half = 0; half < 0x10000; half++) {
    const back = floatToHalf(halfToFloat(half));
    const nan = (half & 0x7c00) === 0x7c00 && (half & 0x3ff) !== 0;
    expect(nan ? back & 0x7fff : back).toBe(nan ? 0x7e00 : half);
  }
});

test('a value between two neighbours rounds to the nearer, in the middle to the even one', () => {
  for (let half = 0; half < 0x7bff; half++) {
    const [low, high] = [halfToFloat(half), halfToFloat(half + 1)];
    const middle = (low + high) / 2;
    const wide = Math.fround(middle + (high - low) / 64);
    const close = Math.fround(middle - (high - low) / 64);
    for (const [sign, bit] of [
      [1, 0],
      [-1, 0x8000],
    ] as const) {
      expect(floatToHalf(sign * close)).toBe(half | bit);
      expect(floatToHalf(sign * middle)).toBe((half + (half & 1)) | bit);
      expect(floatToHalf(sign * wide)).toBe((half + 1) | bit);
    }
  }
});

test('a value that is too large becomes infinite', () => {
  expect([65504, 65519, 65520, 1e30, Number.POSITIVE_INFINITY, -70000].map(floatToHalf)).toEqual([
    0x7bff, 0x7bff, 0x7c00, 0x7c00, 0x7c00, 0xfc00,
  ]);
});

test('many at once are converted as each by itself', () => {
  const halves = Uint16Array.from({ length: 0x10000 }, (_, half) => half);
  const floats = halvesToFloats(halves);
  expect(floats).toEqual(Float32Array.from(halves, halfToFloat));
  expect(floatsToHalves(floats)).toEqual(Uint16Array.from(floats, floatToHalf));
});
