import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Dataset, loadMvtec, proceduralDataset, writeMvtec } from '@mint/data';
import { MintDetector } from '@mint/detector';
import { evaluateClasses, type ImageResult } from '@mint/metrics';
import { tinyConfig } from '@mint/test-utils/tiny-config';
import { afterAll, expect, test } from 'vitest';
import { featureCacheOf } from '../features/feature-cache-of.js';
import { evaluate } from './evaluate.js';
import type { ScoredImage } from './scored-image.js';

const folder = await mkdtemp(join(tmpdir(), 'mint-evaluate-'));
afterAll(() => rm(folder, { recursive: true }));
const made = proceduralDataset({ trainPerClass: 1, testGoodPerClass: 5, defectsPerClass: 3, size: 32 });
await writeMvtec(made, join(folder, 'parts'));
const parts = await loadMvtec(join(folder, 'parts'));
const [first] = parts.classes;

const detector = MintDetector.create({ ...tinyConfig(parts.classes), map: 'distance' });
const options = {
  cache: featureCacheOf(join(folder, 'cache'), detector),
  backend: 'cpu',
  seed: 0,
  replicates: 0,
};

/** The images that have masks in `classes`; all others without. */
const masksOf = (classes: readonly (string | undefined)[]): Dataset => ({
  ...parts,
  samples: parts.samples.map(({ maskPath, ...sample }) =>
    maskPath !== undefined && classes.includes(sample.className) ? { ...sample, maskPath } : sample,
  ),
});

test('metrics are those of all images and maps, where one class of four has masks', async () => {
  const seen: ImageResult[] = [];
  const { perClass, classMean, pooled } = await evaluate(detector, {
    ...options,
    dataset: masksOf([first]),
    onImage: ({ sample: { className, label }, prediction, mask }: ScoredImage) => {
      const { score, anomalyMap: map, width, height } = prediction;
      const size = { width, height };
      const anomalous = label === 'anomalous';
      seen.push({
        className,
        score,
        anomalous,
        map,
        size,
        ...(mask === undefined ? {} : { mask: mask.data }),
      });
    },
  });
  expect(Object.keys(perClass).filter((name) => perClass[name]?.pixelAuroc !== undefined)).toEqual([first]);
  expect({ perClass, classMean, pooled }).toEqual(evaluateClasses(seen, { labelRegime: 'predicted' }));
});

test('the maps of classes without masks are not kept', async () => {
  const images = parts.samples.filter(({ split }) => split === 'test').length;
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const maps: WeakRef<Float32Array>[] = [];
  let kept = images;
  await evaluate(detector, {
    ...options,
    dataset: masksOf([]),
    onImage: ({ prediction }) => {
      maps.push(new WeakRef(prediction.anomalyMap));
      if (maps.length < images) return;
      collect();
      kept = maps.filter((map) => map.deref() !== undefined).length;
    },
  });
  expect(images).toBeGreaterThan(60);
  // Two batches of 8 may still be about.
  expect(kept).toBeLessThanOrEqual(16);
});
