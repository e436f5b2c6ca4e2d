import { join } from 'node:path';
import { proceduralDataset, type Sample } from '@mint/data';
import { interestMask, MintDetector, PAPER_CONFIG } from '@mint/detector';
import { Random } from '@mint/internal';
import { temporaryFolder } from '@mint/test-utils';
import { expect, test } from 'vitest';
import { featureCacheOf, proposeRegions } from '../index.js';

const folder = temporaryFolder();
const SIDE = 64;

/** Images of noise with a bright square, which moves by up to 4 pixels; without a side there is none. */
function squares(className: string, classIndex: number, side: number): Sample[] {
  return Array.from({ length: 6 }, (_, i): Sample => {
    const random = new Random(10 * classIndex + i);
    const [left, top] = [20 + random.int(5), 16 + random.int(5)];
    const data = Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, at) => {
      const [x, y] = [Math.floor(at / 3) % SIDE, Math.floor(at / 3 / SIDE)];
      const isInside = x >= left && x < left + side && y >= top && y < top + side;
      return (isInside ? 200 : 60) + random.int(20);
    });
    return {
      id: `${className}/${i}`,
      className,
      classIndex,
      split: 'train',
      label: 'normal',
      render: () => ({ image: { width: SIDE, height: SIDE, data } }),
    };
  });
}

const detectorOf = (classes: readonly string[], side = SIDE, grid = 16) =>
  MintDetector.create({
    ...PAPER_CONFIG,
    classes,
    input: { ...PAPER_CONFIG.input, width: side, height: side },
    backbone: { kind: 'scattering', orientations: 2, scales: 2 },
    grid: [grid, grid],
  });

test('an object on a background is found with a margin; a class that fills its images gets no region', async () => {
  const detector = detectorOf(['part', 'plain']);
  const cache = featureCacheOf(join(folder.path, 'cache'), detector);
  const images = [...squares('part', 0, 20), ...squares('plain', 1, 0)];
  const { part, plain } = await proposeRegions(detector, cache, images);
  expect(plain?.interest).toBeUndefined();
  const inside = interestMask(part?.interest ?? [], { width: SIDE, height: SIDE });
  const at = (x: number, y: number) => inside[y * SIDE + x];
  // The square lies from 20 to 44 and from 16 to 40, wherever it moves.
  for (const [x, y] of [
    [20, 16],
    [43, 16],
    [20, 39],
    [43, 39],
    [32, 28],
  ] as const)
    expect(at(x, y)).toBe(1);
  for (const [x, y] of [
    [2, 2],
    [61, 2],
    [2, 61],
    [61, 61],
    [32, 60],
  ] as const)
    expect(at(x, y)).toBe(0);
  expect(part?.share).toBeGreaterThan(0.14);
  expect(part?.share).toBeLessThan(0.45);
  expect(part?.images).toBe(6);
  detector.dispose();
});

test('the procedural objects have a region, the materials none', async () => {
  const { samples, classes } = proceduralDataset({ trainPerClass: 4, size: 112 });
  const detector = detectorOf(classes, 112, 14);
  const cache = featureCacheOf(join(folder.path, 'cache'), detector);
  const good = samples.filter(({ split }) => split === 'train');
  const proposed = await proposeRegions(detector, cache, good);
  expect(
    Object.entries(proposed).flatMap(([name, { interest }]) => (interest === undefined ? [] : [name])),
  ).toEqual(['capsule', 'gear']);
  detector.dispose();
});
