import { totalmem } from 'node:os';
import { Random } from '@mint/internal';
import { describe, expect, test } from 'vitest';
import { warmupCosine } from '../config/schedule.js';
import { createDivergenceWatch, createLeakWatch, defaultMemoryLimit } from './health.js';

const STEPS = 4000;

/** Steps, from 1, at which a curve raises a warning. */
function warnings(curve: (t: number, random: Random) => number, seed: number): number[] {
  const [watch, random] = [createDivergenceWatch(), new Random(seed)];
  return Array.from({ length: STEPS }, (_, t) => (watch(curve(t, random)) ? t + 1 : 0)).filter(Boolean);
}

const decay = (t: number) => 1 + 20 * Math.exp(-t / 300);
const noise = (random: Random, size: number) => Math.exp(size * random.normal());

describe('createDivergenceWatch()', () => {
  test.each<[string, (t: number, random: Random) => number]>([
    ['falls, with much noise', (t, random) => decay(t) * noise(random, 0.5)],
    ['never falls', (_, random) => 3 * noise(random, 0.3)],
    ['is noise around zero', (_, random) => random.normal()],
    [
      'falls below zero, as a likelihood may',
      (t, random) => 5 - 40 * (1 - Math.exp(-t / 800)) + 3 * random.normal(),
    ],
    ['has a wild step now and then', (t, random) => decay(t) * (random.uniform() < 0.02 ? 1000 : 1)],
    [
      'overfits and bounces back a little',
      (t, random) => (t < 2000 ? decay(t) : decay(2000) * 1.3) * noise(random, 0.1),
    ],
    [
      'depends on the class of the batch',
      (t, random) => decay(t) * (t % 4 === 0 ? 6 : 1) * noise(random, 0.1),
    ],
    [
      'swings from epoch to epoch',
      (t, random) => decay(t) * (1 + 0.3 * Math.sin(t / 60)) * noise(random, 0.1),
    ],
    [
      'rises at the peak of a warm-up',
      (t, random) =>
        decay(t) + warmupCosine(t, { lr: 0.4, warmup: 400, total: STEPS, min: 0 }) * noise(random, 0.1),
    ],
    [
      'jumps for a hundred steps',
      (t, random) => decay(t) * (t > 2000 && t <= 2100 ? 50 : 1) * noise(random, 0.1),
    ],
  ])('is silent when the loss %s', (_name, curve) => {
    for (let seed = 0; seed < 20; seed++) expect(warnings(curve, seed)).toEqual([]);
  });

  test.each<[string, (t: number, random: Random) => number]>([
    ['explodes', (t, random) => decay(t) * Math.exp(Math.max(0, t - 2000) / 100) * noise(random, 0.2)],
    ['jumps up and stays', (t, random) => (t < 2000 ? decay(t) : 15) * noise(random, 0.2)],
    ['climbs from the first step', (t, random) => (1 + t / 300) * noise(random, 0.2)],
    [
      'climbs from below zero',
      (t, random) => (t < 2000 ? -30 * (1 - Math.exp(-t / 300)) : 10) + random.normal(),
    ],
  ])('warns once, within some hundred steps, when the loss %s', (_name, curve) => {
    for (let seed = 0; seed < 20; seed++) {
      const found = warnings(curve, seed);
      expect(found).toHaveLength(1);
      expect(found[0]).toBeLessThanOrEqual(2600);
    }
  });

  test('warns again when the loss has come back and is lost again', () => {
    const curve = (t: number, random: Random) => (t % 2000 < 1500 ? 1 : 20) * noise(random, 0.1);
    expect(warnings(curve, 0)).toEqual([1700, 3700]);
  });
});

describe('createLeakWatch()', () => {
  const leaks = (count: (step: number) => number) => {
    const watch = createLeakWatch();
    return Array.from({ length: 1000 }, (_, step) => [step + 1, watch(count(step))]).filter(
      ([, from]) => from,
    );
  };

  test('is silent when the number stays, swings, or grows only at the start', () => {
    expect(leaks(() => 500)).toEqual([]);
    expect(leaks((step) => 500 + (step % 70 < 30 ? step : 0))).toEqual([]);
    expect(leaks((step) => 100 + Math.min(step, 140))).toEqual([]);
  });

  test('tells of a tensor that is left over at every step, or once an epoch, and where the number began', () => {
    expect(leaks((step) => 500 + step)).toEqual([[250, 500]]);
    expect(leaks((step) => 500 + Math.floor(step / 40))).toEqual([[250, 500]]);
    expect(leaks((step) => (step < 400 ? 500 : 300 + step))).toEqual([[600, 500]]);
  });
});

test('defaultMemoryLimit() leaves some of the memory to others', () => {
  expect(defaultMemoryLimit()).toBeLessThan(0.91 * totalmem());
  expect(defaultMemoryLimit()).toBeGreaterThan(0);
});
