import { Random } from '@mint/internal';
import { expectNoLeak } from '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { backboneInfo, scatteringFeatures, scatteringInfo } from './index.js';
import { morlet } from './scattering.js';

const image = (height: number, width: number, pixel: (y: number, x: number) => number): tf.Tensor4D =>
  tf.tensor4d(
    Float32Array.from({ length: height * width * 3 }, (_, i) =>
      pixel(Math.floor(i / 3 / width), Math.floor(i / 3) % width),
    ),
    [1, height, width, 3],
  );
const grating = (angle: number, wavelength: number) =>
  image(64, 64, (y, x) => Math.sin((2 * Math.PI * (x * Math.cos(angle) + y * Math.sin(angle))) / wavelength));
const mean = (map: tf.Tensor4D) => Array.from(tf.mean(map, [0, 1, 2]).dataSync());
const argMax = (values: number[]) => values.indexOf(Math.max(...values));

describe('morlet()', () => {
  test.each([0, Math.PI / 4, Math.PI / 2, 1.1])('at %d sums to 0: blind to constant brightness', (angle) => {
    const { real, imaginary } = morlet(angle, 4);
    expect(real.reduce((sum, v) => sum + v, 0)).toBeCloseTo(0, 6);
    expect(imaginary.reduce((sum, v) => sum + v, 0)).toBeCloseTo(0, 6);
  });
});

describe('scatteringFeatures()', () => {
  test('a grating answers in its own orientation and scale', () => {
    for (const orientation of [0, 1, 2, 3]) {
      const [, first] = scatteringFeatures({}, grating((orientation * Math.PI) / 4, 8 / 3)) as [
        tf.Tensor4D,
        tf.Tensor4D,
      ];
      // Channels of the finest scale on luminance come first.
      expect(argMax(mean(first).slice(0, 4))).toBe(orientation);
    }
    const scale = (wavelength: number) => {
      const [, first] = scatteringFeatures({}, grating(0, wavelength)) as [tf.Tensor4D, tf.Tensor4D];
      const values = mean(first);
      return argMax([0, 1, 2, 3].map((s) => values[s * 12] as number));
    };
    expect([8 / 3, 16 / 3, 32 / 3].map(scale)).toEqual([0, 1, 2]);
  });

  test('first and second order do not see a change of brightness; the averages do', () => {
    const random = new Random(1);
    const noise = Array.from({ length: 64 * 48 }, () => random.normal());
    const [dark, bright] = [0, 0.7].map((shift) =>
      scatteringFeatures(
        {},
        image(64, 48, (y, x) => (noise[y * 48 + x] as number) + shift),
      ),
    ) as [tf.Tensor4D[], tf.Tensor4D[]];
    expect(bright[1]).toBeAllClose(dark[1] as tf.Tensor, { atol: 1e-4 });
    expect(bright[2]).toBeAllClose(dark[2] as tf.Tensor, { atol: 1e-4 });
    expect(bright[0]).not.toBeAllClose(dark[0] as tf.Tensor, { atol: 0.1 });
  });

  test('moving the image by one cell moves the inner cells of the features', () => {
    const random = new Random(2);
    const texture = Array.from({ length: 128 * 128 }, () => random.normal());
    const shifted = (by: number) => image(96, 96, (y, x) => texture[(y + by) * 128 + x] as number);
    const [, here] = scatteringFeatures({}, shifted(0)) as [tf.Tensor4D, tf.Tensor4D];
    const [, there] = scatteringFeatures({}, shifted(16)) as [tf.Tensor4D, tf.Tensor4D];
    const inner = (map: tf.Tensor4D, row: number) => tf.slice(map, [0, row, 2, 0], [1, 1, 2, 12]);
    expect(inner(there, 2)).toBeAllClose(inner(here, 3), { rtol: 1e-3, atol: 1e-3 });
  });

  test('has the channels it announces and leaks nothing', () => {
    const config = { orientations: 3, scales: 2 };
    const image = tf.zeros([2, 48, 32, 3]) as tf.Tensor4D;
    const maps = scatteringFeatures(config, image);
    const { channels } = scatteringInfo(config);
    expect(maps.map(({ shape }) => shape)).toEqual(channels.map((count) => [2, 3, 2, count]));
    expect(backboneInfo({ kind: 'scattering' }).totalChannels).toBe(3 + 48 + 96);
    expectNoLeak(() => scatteringFeatures(config, image));
  });

  test.each([{ scales: 5 }, { scales: 0 }, { orientations: 0 }])('refuses %o', (config) => {
    expect(() => scatteringInfo(config)).toThrow(/scattering: `(scales|orientations)` must be/);
  });
});
