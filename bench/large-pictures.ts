/**
 * What tiles are worth: pictures of 900 x 700 pixels (the procedural set, cropped) with one spot of 5 pixels as the only defect,
 * learned and judged once whole, shrunk to 224 x 224, and once in tiles, by the same network in about as many steps.
 *
 *     pnpm --filter bench large-pictures <seed> [seed …]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { proceduralDataset, type RenderedSample, type RgbImage, type Sample, splitHoldout } from '@mint/data';
import { type DetectorConfig, FeatureStatsBuilder, MintDetector, PAPER_CONFIG } from '@mint/detector';
import { deriveSeed, Random } from '@mint/internal';
import { cacheFeatures, evaluate, featureCacheOf, PRESETS, train } from '@mint/trainer';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import '@mint/backend-onnx';

const [WIDTH, HEIGHT] = [900, 700];
const RADIUS = 2.5;
/** Optimiser steps; both are rounded to whole epochs. */
const STEPS = 500;
const TRAIN = 20;
const TESTS = 10;

/** The middle of a square picture. */
function cropped({ width, height, data }: RgbImage): RgbImage {
  const top = Math.floor((height - HEIGHT) / 2);
  return {
    width: WIDTH,
    height: HEIGHT,
    data: data.slice(top * width * 3, (top + HEIGHT) * width * 3),
  };
}

/** A disc, dark on bright ground and bright on dark, somewhere in the middle half of the picture. */
function spotted(image: RgbImage, seed: number): RenderedSample {
  const random = new Random(deriveSeed(seed, 'spot'));
  const [x, y] = [WIDTH, HEIGHT].map((side) => side * (0.25 + 0.5 * random.uniform())) as [number, number];
  const data = image.data.slice();
  const mask = new Uint8Array(WIDTH * HEIGHT);
  const ground = data[3 * (Math.floor(y) * WIDTH + Math.floor(x))] as number;
  for (let row = Math.floor(y - RADIUS); row <= y + RADIUS; row++) {
    for (let column = Math.floor(x - RADIUS); column <= x + RADIUS; column++) {
      if ((column + 0.5 - x) ** 2 + (row + 0.5 - y) ** 2 > RADIUS ** 2) continue;
      const at = row * WIDTH + column;
      data.fill(ground > 127 ? 30 : 225, 3 * at, 3 * at + 3);
      mask[at] = 1;
    }
  }
  return { image: { ...image, data }, mask: { width: WIDTH, height: HEIGHT, data: mask } };
}

function datasetOf(seed: number) {
  const good = proceduralDataset({
    seed,
    size: WIDTH,
    trainPerClass: TRAIN,
    testGoodPerClass: 2 * TESTS,
    defectsPerClass: 0,
  });
  const samples = good.samples.map((sample, i): Sample => {
    let kept: RenderedSample | undefined;
    const spot = sample.split === 'test' && Number(sample.id.slice(-3)) >= TESTS;
    return {
      ...sample,
      ...(spot ? { label: 'anomalous', defect: 'spot' } : {}),
      render: () => {
        if (kept !== undefined) return kept;
        const { image } = sample.render?.() ?? {};
        if (image === undefined) throw new Error(`${sample.id} cannot be rendered`);
        kept = spot ? spotted(cropped(image), deriveSeed(seed, i)) : { image: cropped(image) };
        return kept;
      },
    };
  });
  return { ...good, samples };
}

await tf.setBackend('onnx');
for (const seed of process.argv.slice(2).map(Number)) {
  const dataset = datasetOf(seed);
  const normals = dataset.samples.filter(({ split }) => split === 'train');
  const { fit } = splitHoldout(normals, PRESETS.cpu.train.holdout, seed);
  for (const tiles of [undefined, 'auto'] as const) {
    const began = performance.now();
    const config: DetectorConfig = {
      ...PAPER_CONFIG,
      classes: dataset.classes,
      input: { ...PAPER_CONFIG.input, ...(tiles === undefined ? {} : { tiles }) },
      backbone: { kind: 'scattering' },
      featureScaling: 'standardise',
      map: 'whitened',
      // That of `mint quickstart`.
      network: {
        hidden: 128,
        heads: 4,
        feedForward: 256,
        encoderLayers: 2,
        decoderLayers: 2,
        window: [7, 7],
      },
      seed,
    };
    const blank = MintDetector.create(config);
    const folder = await mkdtemp(join(tmpdir(), 'mint-large-'));
    const cache = featureCacheOf(folder, blank);
    const stats = new FeatureStatsBuilder(147);
    const samples = await cacheFeatures(blank, cache, fit, { onFeatures: (f) => stats.add(f) });
    const epochs = Math.max(1, Math.round(STEPS / Math.floor(samples.length / 8)));
    const { detector, steps } = await train(blank, {
      cache,
      samples,
      featureStats: stats.result(),
      config: { ...PRESETS.cpu.train, epochs, learningRate: 1e-3, dropout: 0, seed },
    });
    const { perClass, classMean, pooled } = await evaluate(detector, {
      cache,
      dataset,
      backend: 'onnx',
      seed,
      replicates: 0,
    });
    const byClass = Object.entries(perClass).map(
      ([name, { imageAuroc }]) => `${name} ${imageAuroc?.toFixed(3)}`,
    );
    console.log(
      `seed ${seed}, ${tiles === undefined ? 'whole' : 'tiles'}: ${fit.length} pictures, ${samples.length} training samples, ${steps} steps; ` +
        `image AUROC mean ${classMean.imageAuroc?.toFixed(3)} (${byClass.join(', ')}), pooled ${pooled.imageAuroc?.toFixed(3)}; ` +
        `pixel AUROC ${classMean.pixelAuroc?.toFixed(3)}, AUPRO ${classMean.auPro?.toFixed(3)}; ` +
        `${((performance.now() - began) / 1000).toFixed(0)} s`,
    );
    detector.dispose();
    blank.dispose();
    await rm(folder, { recursive: true });
  }
}
