import '@mint/test-utils';
import { Random } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { randomDirections } from './directions.js';
import { placeMap, uploadPlaces } from './place-map.js';
import { PlaceMoments } from './place-moments.js';
import { classTriangles, placeWhitening } from './place-whitening.js';

// More directions than a panel has columns; 2 x 3 places, three classes with 11, 1 and 0 images.
const [C, D, ROWS, COLS] = [41, 37, 2, 3];
const N = ROWS * COLS;
const COUNTS = [11, 1, 0];
const SHRINKAGE = { images: 5, tokens: 23 };

/** Residuals of an image, `[N·C]`: each place has its own spread and direction, and channel 2 never changes. */
function residualOf(random: Random): Float32Array {
  return Float32Array.from({ length: N * C }, (_, i) => {
    const [place, channel] = [Math.floor(i / C), i % C];
    return channel === 2 ? 0 : (1 + place) * random.normal() + (channel === place ? 9 : 0);
  });
}

const random = new Random(1);
const images = COUNTS.map((count) => Array.from({ length: count }, () => residualOf(random)));
const directions = randomDirections(C, D, 2);
const project = (residual: Float32Array) =>
  Float32Array.from({ length: N * D }, (_, i) => {
    let sum = 0;
    for (let c = 0; c < C; c++)
      sum += (residual[Math.floor(i / D) * C + c] ?? 0) * (directions[c * D + (i % D)] ?? 0);
    return sum;
  });
const projected = images.map((of) => of.map(project));
const moments = projected.map((of) => {
  const builder = new PlaceMoments(N, D);
  for (const image of of) builder.add(image);
  return builder.result();
});

/** Sum of `p·pᵀ` over tokens, `[D·D]`. */
function outer(tokens: readonly Float32Array[]): number[] {
  return Array.from({ length: D * D }, (_, i) =>
    tokens.reduce((sum, p) => sum + (p[Math.floor(i / D)] ?? 0) * (p[i % D] ?? 0), 0),
  );
}

/** `pᵀ·Σ⁻¹·p` by Gaussian elimination. */
function quadratic(sigma: readonly number[], p: Float32Array): number {
  const rows = Array.from(p, (v, i) => [...sigma.slice(i * D, (i + 1) * D), v]);
  rows.forEach((pivot, i) => {
    for (const row of rows.slice(i + 1)) {
      const factor = (row[i] ?? 0) / (pivot[i] ?? 0);
      for (let j = i; j <= D; j++) row[j] = (row[j] ?? 0) - factor * (pivot[j] ?? 0);
    }
  });
  const solution = new Float64Array(D);
  for (let i = D - 1; i >= 0; i--) {
    let sum = rows[i]?.[D] ?? 0;
    for (let j = i + 1; j < D; j++) sum -= (rows[i]?.[j] ?? 0) * (solution[j] ?? 0);
    solution[i] = sum / (rows[i]?.[i] ?? 0);
  }
  return p.reduce((sum, v, i) => sum + v * (solution[i] ?? 0), 0);
}

const tokensAt = (of: readonly Float32Array[], place: number) =>
  of.map((image) => image.subarray(place * D, (place + 1) * D));
const allTokens = (of: readonly Float32Array[]) =>
  Array.from({ length: N }, (_, place) => tokensAt(of, place)).flat();

/** The formula, in full matrices. */
function expectedLength(k: number, place: number, p: Float32Array): number {
  const everything = allTokens(projected.flat());
  const joint = outer(everything).map((v) => v / everything.length);
  const own = allTokens(projected[k] ?? []);
  const ofClass = outer(own).map(
    (v, i) => (v + SHRINKAGE.tokens * (joint[i] ?? 0)) / (own.length + SHRINKAGE.tokens),
  );
  const here = tokensAt(projected[k] ?? [], place);
  const sigma = outer(here).map(
    (v, i) => (v + SHRINKAGE.images * (ofClass[i] ?? 0)) / (here.length + SHRINKAGE.images),
  );
  const trace = sigma.reduce((sum, v, i) => sum + (i % (D + 1) === 0 ? v : 0), 0);
  return Math.sqrt(
    quadratic(
      sigma.map((v, i) => v + (i % (D + 1) === 0 ? (0.01 * trace) / D : 0)),
      p,
    ),
  );
}

test('the map is the Mahalanobis length under the shrunk covariance of class and place', async () => {
  const whitening = placeWhitening(directions, C, moments, SHRINKAGE);
  const tensors = uploadPlaces(whitening, C, COUNTS.length);
  expect(tensors.panels.map(({ shape }) => shape)).toEqual([
    [3, 6, 32, 32],
    [3, 6, 37, 5],
  ]);
  const tests = [0, 1, 2, 0].map((k) => ({ k, residual: residualOf(random) }));
  const residual = tf.tensor3d(Float32Array.from(tests.flatMap((each) => [...each.residual])), [
    tests.length,
    N,
    C,
  ]);
  const before = tf.memory().numTensors;
  const map = placeMap(
    residual,
    [ROWS, COLS],
    tensors,
    tf.tensor1d(
      tests.map(({ k }) => k),
      'int32',
    ),
  );
  expect(tf.memory().numTensors).toBe(before + 2);
  expect(map.shape).toEqual([4, ROWS, COLS]);
  const values = await map.data();
  tests.forEach(({ k, residual: image }, i) => {
    const own = project(image);
    for (let place = 0; place < N; place++) {
      const expected = expectedLength(k, place, own.subarray(place * D, (place + 1) * D));
      // float16 triangles: 11 bits.
      expect((values[i * N + place] ?? 0) / expected, `class ${k}, place ${place}`).toBeCloseTo(1, 3);
    }
  });
});

test('a class that is added later gets the triangles that it would have got', () => {
  const all = placeWhitening(directions, C, moments, SHRINKAGE);
  const size = (D * (D + 1)) / 2;
  const shrink = (all.directions[0] ?? 0) / (directions[0] ?? 0);
  COUNTS.forEach((_, k) => {
    const own = new PlaceMoments(N, D);
    for (const image of projected[k] ?? []) own.add(image.map((v) => v * shrink));
    const triangles = classTriangles(all, C, own.result(), SHRINKAGE);
    expect(triangles).toHaveLength(N * size);
    triangles.forEach((v, i) => {
      // Two float16 values next to each other at most.
      expect(Math.abs(v - (all.triangles[k * N * size + i] ?? Number.NaN))).toBeLessThan(
        1e-3 + Math.abs(v) / 1000,
      );
    });
  });
});

test('residuals and triangles do not depend on the unit of the features', () => {
  const scaled = moments.map(({ images: count, moments: of }) => ({
    images: count,
    moments: of.map((v) => v * 2 ** -40),
  }));
  const [a, b] = [moments, scaled].map((of) => placeWhitening(directions, C, of, SHRINKAGE));
  expect(b?.triangles).toEqual(a?.triangles);
  expect(Math.max(...(b?.triangles ?? []))).toBeLessThan(1000);
  expect(b?.directions[0]).toBeCloseTo((a?.directions[0] ?? 0) * 2 ** 20, 0);
});

test('a class without images is measured as all classes together, at every place alike', () => {
  const { triangles } = placeWhitening(directions, C, moments, SHRINKAGE);
  const size = (D * (D + 1)) / 2;
  const place = (k: number, n: number) => triangles.slice((k * N + n) * size, (k * N + n + 1) * size);
  for (let n = 1; n < N; n++) expect(place(2, n)).toEqual(place(2, 0));
  expect(place(0, 1)).not.toEqual(place(0, 0));
});

test('at two scales each has its own covariances, and a class that is added later gets the same', () => {
  // The first four places as a grid of 2 x 2, the fifth as the coarser place.
  const size = (D * (D + 1)) / 2;
  const five = moments.map((of) => ({ images: of.images, moments: of.moments.slice(0, 5 * size) }));
  const both = placeWhitening(directions, C, five, SHRINKAGE, 2);
  expect(both.shared).toHaveLength(2 * size);
  const part = (from: number, to: number) =>
    five.map((of) => ({ images: of.images, moments: of.moments.slice(from * size, to * size) }));
  const [fine, coarse] = [part(0, 4), part(4, 5)].map((of) => placeWhitening(directions, C, of, SHRINKAGE));
  const unit = (both.directions[0] ?? 0) / (coarse?.directions[0] ?? 0);
  COUNTS.forEach((_, k) => {
    const own = both.triangles.slice(k * 5 * size, (k + 1) * 5 * size);
    expect(own.slice(0, 4 * size)).toEqual(fine?.triangles.slice(k * 4 * size, (k + 1) * 4 * size));
    own.slice(4 * size).forEach((v, i) => {
      const alone = (coarse?.triangles[k * size + i] ?? Number.NaN) / unit;
      expect(Math.abs(v - alone)).toBeLessThan(1e-3 + Math.abs(v) / 500);
    });
    const shrink = (both.directions[0] ?? 0) / (directions[0] ?? 0);
    const scaled = (five[k]?.moments ?? new Float32Array()).map((v) => v * shrink ** 2);
    const added = classTriangles(both, C, { images: five[k]?.images ?? 0, moments: scaled }, SHRINKAGE);
    added.forEach((v, i) => {
      expect(Math.abs(v - (own[i] ?? Number.NaN))).toBeLessThan(1e-3 + Math.abs(v) / 500);
    });
  });
});

test('refuses residuals that are all zero', () => {
  const nothing = new PlaceMoments(N, D);
  nothing.add(new Float32Array(N * D));
  expect(() => placeWhitening(directions, C, [nothing.result()], SHRINKAGE)).toThrow('all zero');
});
