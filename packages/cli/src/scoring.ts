import { decodeImage, type PreparedPicture, preparePicture, type RgbImage } from '@mint/data';
import { brightnessOf, type Decision, type MintDetector, type Prediction } from '@mint/detector';
import { MintError } from '@mint/internal';
import { readFileOf } from '@mint/internal/node';
import { type PredictedPicture, predictPicture, preprocessingOf } from '@mint/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { driftWatch } from './drift-watch.js';

// What `mint predict`, its watcher and `mint serve` do with pictures: read, score, judge.

/** A picture to be read. */
export interface PictureFile {
  /** How rows, answers and errors call it. */
  readonly name: string;
  readonly read: () => Promise<Uint8Array>;
  /** Where it is known; see `MintDetector.predict`. */
  readonly className?: string;
}

/** Larger than any picture that passes the pixel limit, 16-bit RGB without compression. */
const MAX_BYTES = 500_000_000;

export const pictureAt = (path: string): PictureFile => ({
  name: path,
  read: () => readFileOf('picture', path, MAX_BYTES),
});

/**
 * Reads, decodes and prepares pictures, several at a time.
 *
 * @param limits - As for `decodeImage`.
 * @returns One entry each, in order: the picture, or why it cannot be read.
 */
export function readPictures(
  files: readonly PictureFile[],
  detector: MintDetector,
  limits: { readonly maxPixels?: number } = {},
): Promise<(PreparedPicture | MintError)[]> {
  const preprocessing = preprocessingOf(detector.config);
  const prepare = async ({ name, read }: PictureFile) =>
    preparePicture(
      { image: await decodeImage(await read(), name, { ...limits, draftFor: preprocessing }) },
      preprocessing,
    );
  return Promise.all(files.map((file) => prepare(file).catch(asValue)));
}

/**
 * Scores pictures that were read. `batchSize` of them go through the network at once; fewer go one by one, since a graph is
 * compiled for each size of a batch, which takes longer than it saves. A picture in tiles goes by itself.
 *
 * @param pictures - As from {@link readPictures}.
 * @param given - The class of each, where it is known; see `MintDetector.predict`.
 * @returns One entry each, in order; errors are handed on.
 */
export async function scorePictures(
  detector: MintDetector,
  pictures: readonly (PreparedPicture | MintError)[],
  batchSize: number,
  given: readonly (string | undefined)[] = [],
): Promise<(PredictedPicture | MintError)[]> {
  const whole = pictures.flatMap((picture, i) =>
    MintError.isInstance(picture) || picture.grid !== undefined
      ? []
      : [{ image: picture.image, given: given[i] }],
  );
  const predictions: Prediction[] = [];
  while (predictions.length < whole.length) {
    const count = whole.length - predictions.length >= batchSize ? batchSize : 1;
    const batch = whole.slice(predictions.length, predictions.length + count);
    predictions.push(...(await predictTogether(detector, batch)));
  }
  const results: (PredictedPicture | MintError)[] = [];
  for (const [i, picture] of pictures.entries()) {
    if (MintError.isInstance(picture)) results.push(picture);
    else if (picture.grid !== undefined)
      results.push(await predictPicture(detector, picture.image, undefined, given[i]).catch(asValue));
    else results.push({ prediction: predictions.shift() as Prediction, image: picture.image });
  }
  return results;
}

async function predictTogether(
  detector: MintDetector,
  pictures: readonly { readonly image: RgbImage; readonly given?: string | undefined }[],
): Promise<Prediction[]> {
  const { width, height } = detector.config.input;
  const pixels = new Uint8Array(pictures.length * height * width * 3);
  pictures.forEach(({ image }, i) => {
    pixels.set(image.data, i * height * width * 3);
  });
  const batch = tf.tensor4d(pixels, [pictures.length, height, width, 3], 'int32');
  try {
    return await detector.predict(
      batch,
      pictures.map(({ given }) => given),
    );
  } finally {
    batch.dispose();
  }
}

/** Errors that are about one picture become its result; others end the work. */
function asValue(error: unknown): MintError {
  if (MintError.isInstance(error) && error.code !== 'COMPUTE_FAILED') return error;
  throw error;
}

/** Compiles what {@link scorePictures} runs, so that the first picture does not wait for it. */
export async function warmUp(detector: MintDetector, batchSize: number): Promise<void> {
  const { width, height } = detector.config.input;
  const image = { width, height, data: new Uint8Array(height * width * 3) };
  for (const count of new Set([1, batchSize])) await predictTogether(detector, Array(count).fill({ image }));
}

/** What is said about one picture; keys are those of JSON answers and of columns. */
export interface Verdict {
  /** In map units; larger is more anomalous. */
  readonly score: number;
  /** Whose limits were applied: given, or the class that it is taken for. */
  readonly class?: string;
  /** Of that class. */
  readonly probability?: number;
  /** p-value of the picture among held-out good pictures of the class: is it of this class at all? */
  readonly classP?: number;
  /** p-value of the score among them. */
  readonly p?: number;
  /** `none`: the class has no limits. */
  readonly decision: Decision['outcome'];
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
 * Judges scored pictures against the limits of the model, and says once for each class when its pictures have changed.
 *
 * @returns `judge(picture, given)`; `given` is the picture's class where the line knows it.
 */
export function createJudge(
  detector: MintDetector,
  say: (text: string) => void,
): (picture: PredictedPicture, given?: string) => Verdict {
  const watch = driftWatch(detector.calibration, say);
  return ({ prediction, image }, given) => {
    const { score, strangeness, classPosterior } = prediction;
    const { className, p, classP, outcome } = detector.decide(prediction, given);
    const name = className ?? given ?? prediction.className;
    if (name === undefined) return { score, decision: outcome };
    const index = detector.config.classes.indexOf(name);
    watch(name, { score, strangeness: strangeness?.[index], brightness: brightnessOf(image.data) });
    const probability = classPosterior?.[index];
    return {
      score,
      class: name,
      ...(probability === undefined ? {} : { probability }),
      ...(classP === undefined ? {} : { classP }),
      ...(p === undefined ? {} : { p }),
      decision: outcome,
    };
  };
}
