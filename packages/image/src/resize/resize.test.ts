import { needsTestBed, readSafetensors, testBed, testBedPath } from '@mint/test-utils';
import { describe, expect, test } from 'vitest';
import { type ResizeFilter, resizeImage, resizeMask } from '../index.js';

const withoutBed = testBed === undefined;
const golden = () => readSafetensors(testBedPath('golden', 'resize.safetensors')).tensors;

/** Bytes that differ, counted: a failing `toEqual` on 150,000 bytes takes minutes to print. */
const differing = (a: Uint8Array, b: ArrayLike<number>) =>
  a.reduce((n, value, i) => n + (value === b[i] ? 0 : 1), 0);

function goldenCase(name: string) {
  const { [`${name}/input`]: input, [`${name}/expected`]: expected } = golden();
  if (!(input?.data instanceof Uint8Array) || expected === undefined)
    throw new Error(`no golden case ${name}`);
  const [height = 0, width = 0, channels = 1] = input.shape;
  const [toHeight = 0, toWidth = 0] = expected.shape;
  return { image: { width, height, data: input.data }, channels, toWidth, toHeight, expected: expected.data };
}

describe('resizeImage() gives the bytes of Pillow 9.4', () => {
  const cases = {
    bilinear: ['square', 'native', 'small', 'tinyUp', 'grey', 'rowsOnly'],
    lanczos: ['cifar0', 'cifar1', 'small', 'tinyUp', 'grey', 'rowsOnly'],
  };
  const names = Object.entries(cases).flatMap(([filter, list]) =>
    list.map((name) => [filter as ResizeFilter, name] as const),
  );

  test.skipIf(withoutBed).each(names)(needsTestBed('%s/%s'), (filter, name) => {
    const { image, channels, toWidth, toHeight, expected } = goldenCase(`${filter}/${name}`);
    const spread = (data: ArrayLike<number>) =>
      channels === 3
        ? Uint8Array.from(data)
        : Uint8Array.from({ length: 3 * data.length }, (_, i) => data[Math.floor(i / 3)] ?? 0);
    const resized = resizeImage({ ...image, data: spread(image.data) }, toWidth, toHeight, filter);
    expect(resized).toMatchObject({ width: toWidth, height: toHeight });
    expect(resized.data).toHaveLength(toWidth * toHeight * 3);
    expect(differing(resized.data, spread(expected))).toBe(0);
  });

  test.skipIf(withoutBed)(needsTestBed('every golden case is tested'), () => {
    const all = new Set(Object.keys(golden()).map((key) => key.split('/').slice(0, 2).join('/')));
    const tested = [...names.map((name) => name.join('/')), ...nearest.map((name) => `nearest/${name}`)];
    expect([...all].filter((name) => !name.startsWith('alignCorners')).sort()).toEqual(tested.sort());
  });
});

const nearest = ['mask0', 'mask1', 'small', 'tinyUp'];

test.skipIf(withoutBed).each(nearest)(needsTestBed('resizeMask() gives the bytes of Pillow: %s'), (name) => {
  const { image, toWidth, toHeight, expected } = goldenCase(`nearest/${name}`);
  const resized = resizeMask(image, toWidth, toHeight);
  expect(resized.data).toHaveLength(toWidth * toHeight);
  expect(differing(resized.data, expected)).toBe(0);
});

// Two pixels to seven by hand. Output i has its centre at (i + 1/2) * 2/7, the taps lie at 1/2 and 3/2; Keys' kernel
// with a = -1/2 is k1 within 1 and k2 within 2. Output 2: k1(3/14), k1(11/14). Output 0: k1(5/14), k2(19/14) < 0.
test('bicubic is Keys with a = -1/2, clipped where it overshoots', () => {
  const k1 = (x: number) => 1.5 * x ** 3 - 2.5 * x ** 2 + 1;
  const k2 = (x: number) => -0.5 * x ** 3 + 2.5 * x ** 2 - 4 * x + 2;
  const mean = (a: number, wa: number, b: number, wb: number) => Math.round((a * wa + b * wb) / (wa + wb));
  const { data } = resizeImage(
    { width: 2, height: 1, data: Uint8Array.of(0, 100, 255, 255, 0, 0) },
    7,
    1,
    'bicubic',
  );
  expect(data[6]).toBe(mean(0, k1(3 / 14), 255, k1(11 / 14)));
  expect(data[7]).toBe(mean(100, k1(3 / 14), 0, k1(11 / 14)));
  expect([...data.subarray(0, 3)]).toEqual([0, mean(100, k1(5 / 14), 0, k2(19 / 14)), 255]);
});

test('a constant image stays constant and an image of the right size is handed back', () => {
  for (const filter of ['bilinear', 'bicubic', 'lanczos'] as const) {
    const image = { width: 11, height: 7, data: new Uint8Array(11 * 7 * 3).fill(201) };
    expect(new Set(resizeImage(image, 5, 23, filter).data)).toEqual(new Set([201]));
    expect(resizeImage(image, 11, 7, filter)).toBe(image);
  }
});

test.each([
  [{ width: 2, height: 2, data: new Uint8Array(11) }, 3, 'SHAPE_MISMATCH', 'has 12 values, got 11'],
  [
    { width: 2, height: 2, data: new Uint8Array(12) },
    0,
    'INVALID_ARGUMENT',
    '`width` must be an integer of at least 1, got 0',
  ],
])('refuses %o', (image, width, code, message) => {
  const resize = () => resizeImage(image, width, 3, 'bilinear');
  expect(resize).toThrow(expect.objectContaining({ code }));
  expect(resize).toThrow(message);
});
