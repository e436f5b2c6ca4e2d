import { sha256 } from '@mint/internal/node';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { proceduralDataset, type RgbImage, SYNTHETIC_KINDS, syntheticAnomaly } from '../index.js';
import { poissonBlend } from './poisson.js';

const flat = (value: number, width = 37, height = 53): RgbImage => ({
  width,
  height,
  data: new Uint8Array(width * height * 3).fill(value),
});

test('the mask is exactly where the image changed, and it changed somewhere', () => {
  fc.assert(
    fc.property(fc.nat(255), fc.integer(), fc.boolean(), (value, seed, noisy) => {
      const image = noisy
        ? { ...flat(0), data: flat(0).data.map((_, i) => (i * 31 + value) & 255) }
        : flat(value);
      const before = image.data.slice();
      const result = syntheticAnomaly(image, seed);
      expect(Buffer.compare(image.data, before)).toBe(0);
      const changed = result.mask.data.map((_, i) =>
        Number([0, 1, 2].some((c) => result.image.data[3 * i + c] !== image.data[3 * i + c])),
      );
      expect(Buffer.compare(result.mask.data, changed)).toBe(0);
      expect(changed.includes(1)).toBe(true);
    }),
    { numRuns: 200, seed: 1 },
  );
});

const gear = (size: number) => {
  const image = proceduralDataset({ size })
    .samples.find(({ className }) => className === 'gear')
    ?.render?.().image;
  if (image === undefined) throw new Error('no image');
  return image;
};

test('all kinds come about equally often, with areas of defects, and can be asked for', () => {
  const image = gear(112);
  const areas: Record<string, number[]> = { texture: [], cutpaste: [], structural: [], scratch: [] };
  const add = ({ kind, mask }: ReturnType<typeof syntheticAnomaly>) =>
    areas[kind]?.push(mask.data.reduce((sum, value) => sum + value, 0) / mask.data.length);
  for (let seed = 0; seed < 200; seed++) add(syntheticAnomaly(image, seed));
  for (const list of Object.values(areas)) expect(list.length).toBeGreaterThan(35);
  for (const kind of SYNTHETIC_KINDS)
    for (let seed = 0; seed < 20; seed++) {
      const made = syntheticAnomaly(image, seed, kind);
      expect(made.kind).toBe(kind);
      add(made);
    }
  for (const list of Object.values(areas)) {
    expect(Math.min(...list)).toBeGreaterThan(0.001);
    expect(Math.max(...list)).toBeLessThan(0.12);
  }
});

test('a structural patch joins its surroundings: a step at its border is a fraction of that of a cut one', () => {
  const image = gear(112);
  const meanStep = (kind: 'structural' | 'cutpaste') => {
    let [sum, count] = [0, 0];
    for (let seed = 0; seed < 12; seed++) {
      const { image: made, mask } = syntheticAnomaly(image, seed, kind);
      const change = (i: number) => (made.data[3 * i] ?? 0) - (image.data[3 * i] ?? 0);
      for (let i = 1; i < 112 * 112; i++) {
        if (i % 112 === 0 || mask.data[i] === mask.data[i - 1]) continue;
        sum += Math.abs(change(i) - change(i - 1));
        count += 1;
      }
    }
    return sum / count;
  };
  expect(meanStep('structural')).toBeLessThan(0.4 * meanStep('cutpaste'));
});

test('poissonBlend(): the patch alone when the rim fits, the target when the patch is flat', () => {
  const [width, height] = [13, 11];
  const wave = Float64Array.from(
    { length: width * height },
    (_, i) => 40 * Math.sin(i / 3) + (i % width) ** 2,
  );
  // The patch is the target plus a constant: nothing changes.
  const same = poissonBlend(
    wave.map((value) => value + 77),
    wave,
    width,
    height,
  );
  same.forEach((value, i) => {
    expect(Math.abs(value - (wave[i] ?? 0))).toBeLessThan(0.01);
  });
  // A flat patch: harmonic inside, so the mean of its neighbours everywhere, and the rim is the target's.
  const flat = poissonBlend(new Float64Array(width * height), wave, width, height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const rim = x === 0 || y === 0 || x === width - 1 || y === height - 1;
      const mean = [i - 1, i + 1, i - width, i + width].reduce((sum, j) => sum + (flat[j] ?? 0) / 4, 0);
      expect(Math.abs((flat[i] ?? 0) - (rim ? (wave[i] ?? 0) : mean))).toBeLessThan(0.01);
    }
});

test('equal seeds give equal bytes, on every machine', () => {
  const image = proceduralDataset({ size: 64 }).samples[0]?.render?.().image;
  if (image === undefined) throw new Error('no image');
  expect(sha256(...Array.from({ length: 24 }, (_, seed) => syntheticAnomaly(image, seed).image.data))).toBe(
    GOLDEN,
  );
});

test('refuses an image that is too small or of one colour, and a seed that is not an integer', () => {
  expect(() => syntheticAnomaly(flat(0, 15, 40), 0)).toThrow('needs at least 16x16 pixels, got 15x40');
  expect(() => syntheticAnomaly(flat(0), 0.5)).toThrow('`seed` must be an integer');
  expect(() => syntheticAnomaly(flat(7), 0, 'structural')).toThrow('does it have one colour only?');
});

const GOLDEN = 'bd0ce4b2c34702a4962740a01362ec49101bbd709be0728b5f2d1a98cd484a74';
