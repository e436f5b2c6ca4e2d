/**
 * Is a class that is added to a trained model as good as one that was trained with all classes? For each class left out: a
 * model of the other classes, the class added to it, and a model of all classes, tested on the images of that class; and what
 * adding does to the test images of the other classes.
 *
 *     pnpm --filter bench add-class <procedural | folder> <weights | -> <epochs> <seeds> <classes left out>
 *
 * such as `add-class procedural - 12 0,1 001-stripes,004-polygon`. Rows go to `runs/add-class/rows.jsonl`; with `MINT_JUDGE=heldOut`
 * held-out good images are separated from copies with synthetic anomalies instead, and no test image is used.
 */
import { appendFile, mkdir } from 'node:fs/promises';
import { type Dataset, loadMvtec, proceduralDataset, type Sample, splitHoldout } from '@mint/data';
import { type AddedClass, type DetectorConfig, MintDetector, PAPER_CONFIG } from '@mint/detector';
import {
  ALPHA,
  addClass,
  cacheFeatures,
  comparePredictions,
  evaluate,
  FIT_CLASS,
  featureBatches,
  loadBackbone,
  PRESETS,
  residualWhitening,
  trainDetector,
} from '@mint/trainer';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import '@mint/backend-onnx';
import { withAnomalies } from './synthetic-anomalies.js';

const OUT = 'runs/add-class';
const HOLDOUT = 0.3;
const [root = '', weightFile = '-', epochs = '', seeds = '', leftOut = ''] = process.argv.slice(2);
const onHeldOut = process.env.MINT_JUDGE === 'heldOut';
await tf.setBackend('onnx');
await mkdir(OUT, { recursive: true });

const procedural = root === 'procedural';
const { backbone, weights } = await loadBackbone(weightFile === '-' ? undefined : weightFile);
/** Half the side and width and half the layers on the procedural set, so that eight trainings take minutes. */
const SIZE = 112;
const size: Partial<DetectorConfig> = procedural
  ? {
      input: { ...PAPER_CONFIG.input, width: SIZE, height: SIZE },
      grid: [7, 7],
      network: {
        hidden: 128,
        heads: 8,
        feedForward: 512,
        encoderLayers: 2,
        decoderLayers: 2,
        window: [3, 3],
      },
    }
  : {};

const load = (seed: number): Dataset | Promise<Dataset> =>
  procedural
    ? proceduralDataset({
        classes: 8,
        difficulty: 0.5,
        seed,
        trainPerClass: 70,
        testGoodPerClass: 30,
        defectsPerClass: 8,
        size: SIZE,
      })
    : loadMvtec(root);

/** A model with thresholds, trained on some classes of a data set. */
async function trained(dataset: Dataset, classes: readonly string[], seed: number) {
  const config: DetectorConfig = {
    ...PAPER_CONFIG,
    classes,
    ...size,
    backbone,
    featureScaling: PRESETS.cpu.featureScaling,
    map: 'whitened', // by class came out of this bench
    seed,
  };
  const { detector, cache, seconds } = await trainDetector({
    dataset: { ...dataset, classes, samples: imagesOf(dataset, classes) },
    detector: config,
    weights,
    train: { ...PRESETS.cpu.train, holdout: HOLDOUT, epochs: Number(epochs), seed },
    alpha: ALPHA,
    cache: `${OUT}/feature-cache`,
  });
  return { model: detector, cache, seconds };
}

const imagesOf = ({ samples }: Dataset, classes: readonly string[]): Sample[] =>
  samples
    .filter(({ className }) => classes.includes(className))
    .map((sample) => ({ ...sample, classIndex: classes.indexOf(sample.className) }));

/** The good training images of one class, fitted and held out as by `trained`. */
function goodImages(dataset: Dataset, className: string, seed: number) {
  const good = imagesOf(dataset, [className]).filter(
    ({ split, label }) => split === 'train' && label === 'normal',
  );
  const { fit, holdout } = splitHoldout(good, HOLDOUT, seed);
  return { fit, heldOut: holdout };
}

for (const seed of seeds.split(',').map(Number)) {
  const dataset = await load(seed);
  const all = await trained(dataset, dataset.classes, seed);
  for (const name of leftOut.split(',')) {
    const others = dataset.classes.filter((other) => other !== name);
    const { fit, heldOut } = goodImages(dataset, name, seed);
    const samples = onHeldOut
      ? [
          ...heldOut.map((sample): Sample => ({ ...sample, split: 'test' })),
          ...(await withAnomalies(heldOut, all.model.config)),
        ]
      : dataset.samples.filter(({ split, className }) => split === 'test' && className === name);
    const judge = async (model: MintDetector) => {
      const { perClass } = await evaluate(model, {
        cache: all.cache,
        dataset: { ...dataset, classes: [name], samples },
        backend: 'onnx',
        seed,
        classGiven: true,
        replicates: 0,
      });
      const { imageAuroc, pixelAuroc, auPro } = perClass[name] ?? {};
      return { imageAuroc, pixelAuroc, auPro };
    };
    const base = await trained(dataset, others, seed);
    const cached = await cacheFeatures(base.model, base.cache, fit);
    const add = (change: Partial<typeof FIT_CLASS>) =>
      addClass(base.model, name, {
        cache: base.cache,
        fit: cached,
        heldOut,
        config: { ...FIT_CLASS, ...change, seed },
      });
    const began = performance.now();
    const added = await add({});
    const seconds = (performance.now() - began) / 1000;
    const rows: Record<string, unknown> = {
      joint: await judge(all.model),
      added: await judge(added.detector),
    };
    const nearest = await add({ steps: 0 });
    rows.nearest = await judge(nearest.detector);
    // What the whitening alone does: the jointly trained model, whitened on this class.
    const jointCached = await cacheFeatures(all.model, all.cache, fit);
    const jointOwn = MintDetector.fromState({
      ...all.model.toState(),
      whitening: await residualWhitening(all.model, all.cache, jointCached),
    });
    rows.jointOwnWhitening = await judge(jointOwn).finally(() => jointOwn.dispose());
    /** The same class with other parts. */
    const changed = async (of: MintDetector, embedding?: AddedClass['weights'][string]) => {
      const state = of.toState();
      const whitening = state.whitening;
      const [own] = state.added ?? [];
      if (own === undefined) throw new Error('no class was added');
      const model = MintDetector.fromState({
        ...state,
        added: [{ ...own, ...(whitening && { whitening }), ...(embedding && { weights: { embedding } }) }],
      });
      return judge(model).finally(() => model.dispose());
    };
    rows.addedSharedWhitening = await changed(added.detector);
    rows.nearestSharedWhitening = await changed(nearest.detector);
    const { shape = [], data = [] } = base.model.toState().network.classEmbedding ?? {};
    const [classes = 1, width = 0] = shape;
    const meanEmbedding = Float32Array.from({ length: width }, (_, e) =>
      Array.from({ length: classes }, (_, k) => Number(data[k * width + e])).reduce(
        (a, b) => a + b / classes,
        0,
      ),
    );
    rows.meanSharedWhitening = await changed(added.detector, { shape: [width], data: meanEmbedding });
    const tests = dataset.samples.filter(({ split }) => split === 'test');
    const compared = async (label: Sample['label'], own: boolean) =>
      comparePredictions(
        base.model,
        added.detector,
        featureBatches(
          base.model,
          base.cache,
          tests.filter((sample) => sample.label === label && (sample.className === name) === own),
        ),
      );
    const changes = onHeldOut
      ? {}
      : {
          goodOfOthers: await compared('normal', false),
          defectiveOfOthers: await compared('anomalous', false),
          goodOfOwn: await compared('normal', true),
          defectiveOfOwn: await compared('anomalous', true),
        };
    const row = {
      dataset: dataset.name,
      judgedOn: onHeldOut ? 'held-out images and synthetic defects' : 'test images',
      backbone: backbone.kind,
      epochs: Number(epochs),
      seed,
      name,
      fitted: cached.length,
      heldOut: added.heldOut,
      recognised: added.recognised,
      seconds: { joint: all.seconds, base: base.seconds, added: seconds },
      ...rows,
      ...changes,
    };
    await appendFile(`${OUT}/rows.jsonl`, `${JSON.stringify(row)}\n`);
    console.log(JSON.stringify(row));
    for (const used of [base.model, added.detector, nearest.detector]) used.dispose();
  }
  all.model.dispose();
}
