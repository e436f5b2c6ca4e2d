import { Random } from '@mint/internal';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { conformalThreshold, sizedPeak } from '../index.js';
import { components } from './components.js';

const noise = (random: Random, width: number, height: number) => ({
  width,
  height,
  // Few different values, so that ties are common.
  anomalyMap: Float32Array.from({ length: width * height }, () => Math.round(8 * random.normal()) / 8),
});

test('is above a limit exactly when a region of that size is', () => {
  fc.assert(
    fc.property(
      fc.constantFrom([13, 7], [7, 13], [1, 11], [11, 1], [1, 1], [17, 19]),
      fc.integer({ min: 0, max: 1e6 }),
      fc.integer({ min: 1, max: 30 }),
      ([width = 1, height = 1], seed, area) => {
        const prediction = noise(new Random(seed), width, height);
        const peak = sizedPeak(prediction.anomalyMap, prediction, area);
        for (const limit of [...prediction.anomalyMap, -9, 9, peak]) {
          const large = components(prediction.anomalyMap, prediction, limit).some(
            ({ pixels }) => pixels.length >= area,
          );
          expect(large, `limit ${limit}, peak ${peak}`).toBe(peak > limit);
        }
      },
    ),
    { numRuns: 30, seed: 1 },
  );
});

test('a large map takes few of its pixels', () => {
  const [width, height] = [1009, 997];
  const map = new Float32Array(width * height).fill(1);
  for (let y = 500; y < 510; y++) map.fill(5, y * width + 700, y * width + 710);
  map[7] = 9;
  expect(sizedPeak(map, { width, height }, 100)).toBe(5);
  expect(sizedPeak(map, { width, height }, 101)).toBe(1);
  expect(sizedPeak(map, { width, height }, width * height + 1)).toBe(Number.NEGATIVE_INFINITY);
});

test('the size rule keeps the false-alarm rate that it is calibrated for, and finds what the rule is for', () => {
  const [width, height, area, alpha, heldOut] = [11, 13, 6, 0.1, 29];
  const random = new Random(5);
  // Good images have bright specks, of which one is enough for an alarm without the rule.
  const good = () => {
    const { anomalyMap } = noise(random, width, height);
    anomalyMap[random.int(width * height)] = 20 * random.uniform();
    return anomalyMap;
  };
  const peakOf = (map: Float32Array) => sizedPeak(map, { width, height }, area);
  const defective = () => {
    const map = good();
    const [x, y] = [random.int(width - 3), random.int(height - 3)];
    for (let row = y; row < y + 3; row++) map.fill(8, row * width + x, row * width + x + 3);
    return map;
  };
  let [alarms, naive, found, images] = [0, 0, 0, 0];
  for (let round = 0; round < 60; round++) {
    const calibration = Array.from({ length: heldOut }, good);
    const limit = conformalThreshold(calibration.map(peakOf), alpha) ?? Number.NaN;
    const plain =
      conformalThreshold(
        calibration.map((map) => Math.max(...map)),
        alpha,
      ) ?? Number.NaN;
    for (let i = 0; i < 20; i++, images++) {
      if (peakOf(good()) > limit) alarms += 1;
      const defect = defective();
      if (peakOf(defect) > limit) found += 1;
      // A rule laid over limits that were set without it sees next to nothing.
      if (peakOf(defect) > plain) naive += 1;
    }
  }
  // 1,200 images and 60 calibrations: the deviation of the rate is about 0.011.
  expect(alarms / images).toBeLessThan(0.135);
  expect(alarms / images).toBeGreaterThan(0.06);
  expect(found / images).toBeGreaterThan(0.99);
  expect(naive / images).toBeLessThan(0.5);
});

test('what is not looked at, −∞, belongs to no region', () => {
  const outside = Number.NEGATIVE_INFINITY;
  const map = Float32Array.of(3, outside, 5, 4, outside, 2);
  expect([1, 2, 3, 4].map((area) => sizedPeak(map, { width: 3, height: 2 }, area))).toEqual([
    5,
    3,
    outside,
    outside,
  ]);
});

test('refuses what cannot be', () => {
  expect(() => sizedPeak(new Float32Array(5), { width: 2, height: 2 }, 1)).toThrow('4 values, got 5');
  expect(() => sizedPeak(new Float32Array(4), { width: 2, height: 2 }, Number.NaN)).toThrow('got NaN');
});
