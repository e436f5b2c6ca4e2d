import { decodeImage, type PreparedImage, prepareImage, type RgbImage } from '@mint/data';
import { brightnessOf, type Decision, type MintDetector, type Prediction } from '@mint/detector';
import { MintError } from '@mint/internal';
import { readFileOf } from '@mint/internal/node';
import { type PredictedImage, predictImage, preprocessingOf } from '@mint/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { driftWatch } from './drift-watch.js';

// What `mint predict`, its watcher and `mint serve` do with images: read, score, judge.

/** An image to be read. */
export interface ImageFile {
  /** How rows, answers and errors call it. */
  readonly name: string;
  readonly read: () => Promise<Uint8Array>;
  /** Where it is known; see `MintDetector.predict`. */
  readonly className?: string | undefined;
}

/** Larger than any image that passes the pixel limit, 16-bit RGB without compression. */
const MAX_BYTES = 500_000_000;

export const imageAt = (path: string): ImageFile => ({
  name: path,
  read: () => readFileOf('image', path, MAX_BYTES),
});

/**
 * Reads, decodes and prepares images, several at a time.
 *
 * @param limits - As for `decodeImage`.
 * @returns One entry each, in order: the image, or why it cannot be read.
 */
export function readImages(
  files: readonly ImageFile[],
  detector: MintDetector,
  limits: { readonly maxPixels?: number } = {},
): Promise<(PreparedImage | MintError)[]> {
  const preprocessing = preprocessingOf(detector.config);
  const prepare = async ({ name, read }: ImageFile) =>
    prepareImage(
      { image: await decodeImage(await read(), name, { ...limits, draftFor: preprocessing }) },
      preprocessing,
    );
  return Promise.all(files.map((file) => prepare(file).catch(asValue)));
}

/**
 * Scores images that were read. `batchSize` of them go through the network at once; fewer go one by one, since a graph is
 * compiled for each size of a batch, which takes longer than it saves. An image in tiles goes by itself.
 *
 * @param images - As from {@link readImages}.
 * @param given - The class of each, where it is known; see `MintDetector.predict`.
 * @returns One entry each, in order; errors are handed on.
 */
export async function scoreImages(
  detector: MintDetector,
  images: readonly (PreparedImage | MintError)[],
  batchSize: number,
  given: readonly (string | undefined)[] = [],
): Promise<(PredictedImage | MintError)[]> {
  const whole = images.flatMap((image, i) =>
    MintError.isInstance(image) || image.grid !== undefined ? [] : [{ image: image.image, given: given[i] }],
  );
  const predictions: Prediction[] = [];
  while (predictions.length < whole.length) {
    const count = whole.length - predictions.length >= batchSize ? batchSize : 1;
    const batch = whole.slice(predictions.length, predictions.length + count);
    predictions.push(...(await predictTogether(detector, batch)));
  }
  const results: (PredictedImage | MintError)[] = [];
  for (const [i, image] of images.entries()) {
    if (MintError.isInstance(image)) results.push(image);
    else if (image.grid !== undefined)
      results.push(await predictImage(detector, image.image, undefined, given[i]).catch(asValue));
    else results.push({ prediction: predictions.shift() as Prediction, image: image.image });
  }
  return results;
}

async function predictTogether(
  detector: MintDetector,
  images: readonly { readonly image: RgbImage; readonly given?: string | undefined }[],
): Promise<Prediction[]> {
  const { width, height } = detector.config.input;
  const pixels = new Uint8Array(images.length * height * width * 3);
  images.forEach(({ image }, i) => {
    pixels.set(image.data, i * height * width * 3);
  });
  const batch = tf.tensor4d(pixels, [images.length, height, width, 3], 'int32');
  try {
    return await detector.predict(
      batch,
      images.map(({ given }) => given),
    );
  } finally {
    batch.dispose();
  }
}

/** Errors that are about one image become its result; others end the work. */
function asValue(error: unknown): MintError {
  if (MintError.isInstance(error) && error.code !== 'COMPUTE_FAILED') return error;
  throw error;
}

/** Compiles what {@link scoreImages} runs, so that the first image does not wait for it. */
export async function warmUp(detector: MintDetector, batchSize: number): Promise<void> {
  const { width, height } = detector.config.input;
  const image = { width, height, data: new Uint8Array(height * width * 3) };
  for (const count of new Set([1, batchSize])) await predictTogether(detector, Array(count).fill({ image }));
}

/** What is said about one image; keys are those of JSON answers and of columns. */
export interface Verdict {
  /** In map units; larger is more anomalous. */
  readonly score: number;
  /** Whose limits were applied: given, or the class that it is taken for. */
  readonly class?: string;
  /** Of that class. */
  readonly probability?: number;
  /** p-value of the image among held-out good images of the class: is it of this class at all? */
  readonly classP?: number;
  /** p-value of the score among them. */
  readonly p?: number;
  /** `none`: the class has no limits. */
  readonly decision: Decision['decision'];
}

/** @throws MintError `INVALID_ARGUMENT` when the model has no such class. */
export function assertClass({ config }: MintDetector, name: string | undefined): void {
  if (name === undefined || config.classes.includes(name)) return;
  throw new MintError(
    'INVALID_ARGUMENT',
    `the model knows no class '${name}'; it knows ${config.classes.join(', ')}.`,
  );
}

/**
 * Judges scored images against the limits of the model, and says once for each class when its images have changed.
 *
 * @returns `judge(image, given)`; `given` is the image's class where the line knows it.
 */
export function createJudge(
  detector: MintDetector,
  say: (text: string) => void,
): (image: PredictedImage, given?: string) => Verdict {
  const watch = driftWatch(detector.calibration, say);
  return ({ prediction, image }, given) => {
    const { score, oodScores, classPosterior } = prediction;
    const { className, p, classP, decision } = detector.decide(prediction, given);
    const name = className ?? given ?? prediction.className;
    if (name === undefined) return { score, decision };
    const index = detector.config.classes.indexOf(name);
    watch(name, { score, strangeness: oodScores?.[index], brightness: brightnessOf(image.data) });
    const probability = classPosterior?.[index];
    return {
      score,
      class: name,
      ...(probability === undefined ? {} : { probability }),
      ...(classP === undefined ? {} : { classP }),
      ...(p === undefined ? {} : { p }),
      decision,
    };
  };
}
