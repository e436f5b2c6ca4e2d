import { join } from 'node:path';
import { proceduralDataset } from '@mint/data';
import { shortHash } from '@mint/detector';
import { temporaryFolder } from '@mint/test-utils';
import { tinyConfig } from '@mint/test-utils/tiny-config';
import { expect, test } from 'vitest';
import { TINY_TRAINING } from '../__fixtures__/tiny-net.js';
import { extendDetector, FIT_CLASS, trainDetector } from '../index.js';

const work = temporaryFolder();

test('a class is added from good images; what the model has seen is refused', async () => {
  const dataset = proceduralDataset({ trainPerClass: 8, testGoodPerClass: 0, defectsPerClass: 0, size: 32 });
  const classes = dataset.classes.filter((name) => name !== 'gear');
  const isGear = ({ className }: { readonly className: string }) => className === 'gear';
  const old = dataset.samples
    .filter((sample) => !isGear(sample))
    .map((sample) => ({ ...sample, classIndex: classes.indexOf(sample.className) }));
  const gears = dataset.samples.filter(isGear);
  const { detector, cache, images } = await trainDetector({
    dataset: { ...dataset, classes, samples: old },
    detector: tinyConfig(classes),
    train: TINY_TRAINING,
    alpha: 0.4,
    cache: join(work.path, 'cache'),
  });
  const stages: string[] = [];
  let steps = 0;
  const added = await extendDetector(
    detector,
    'gear',
    gears,
    { cache, seed: 0 },
    {
      onStage: ({ title, total, unit }) => stages.push(`${title}: ${total} ${unit}`),
      onProgress: (done) => {
        steps = done;
      },
    },
  );
  // At 0.4, two held-out images are enough.
  expect(added).toMatchObject({
    fitted: 6,
    heldOut: 2,
    oldImages: { images: images.heldOut.length, changed: 0, changedWhenGiven: 0 },
    newImages: { images: 8, changed: 0, changedWhenGiven: 0 },
  });
  expect(stages).toEqual(['features of gear: 8 images', `fitting gear: ${FIT_CLASS.steps} steps`]);
  expect(steps).toBe(FIT_CLASS.steps);
  expect(added.detector.config.classes).toEqual([...classes, 'gear']);
  const [first] = (await cache.keys()).filter((key) =>
    added.detector.toState().images?.fit.includes(shortHash(key)),
  );
  expect(first).toBeDefined();

  await expect(extendDetector(detector, 'gear', old, { cache, seed: 0 })).rejects.toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(/cannot be added/) }),
  );
  await expect(extendDetector(detector, 'weave', gears, { cache, seed: 0 })).rejects.toThrow(
    'knows it already',
  );
  for (const used of [detector, added.detector]) used.dispose();
});
