import { preprocessImage, type RgbImage } from '@mint/image';
import { MintError, Random } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';
import type { DetectorConfig } from '../config.js';
import { preprocessingOf } from '../inference/preprocessing.js';
import type { GivenClass, Prediction } from '../prediction.js';

/** A small image, and the score that its model gave it. A model folder keeps it in `probe.json`. */
export interface Probe {
  /** 64 x 64 pixels; it shows nothing. */
  readonly image: RgbImage;
  /** Its score when the model was saved. */
  readonly score: number;
}

/** What scores images: a `MintDetector`. */
export interface Scorer {
  /** What it was built from. */
  readonly config: DetectorConfig;
  /** As the detector's own. */
  readonly predict: (images: tf.Tensor4D, given?: GivenClass) => Promise<Prediction[]>;
}

const SIDE = 64;
/** Of the score. Devices and batches differ by less than a thousandth; a wrong weight or kernel makes it another number. */
const TOLERANCE = 0.01;

/** Soft blobs of colour, the same for every model. */
export function probeImage(): RgbImage {
  const random = new Random(0);
  const data = new Uint8Array(SIDE * SIDE * 3);
  const corners = Array.from({ length: 5 * 5 * 3 }, () => 255 * random.uniform());
  const step = SIDE / 4;
  for (let i = 0; i < data.length; i++) {
    const [channel, x, y] = [i % 3, Math.floor(i / 3) % SIDE, Math.floor(i / 3 / SIDE)];
    const [column, row] = [Math.floor(x / step), Math.floor(y / step)];
    const [u, v] = [x / step - column, y / step - row];
    const corner = (r: number, c: number) => corners[((row + r) * 5 + column + c) * 3 + channel] ?? 0;
    data[i] =
      (1 - v) * ((1 - u) * corner(0, 0) + u * corner(0, 1)) + v * ((1 - u) * corner(1, 0) + u * corner(1, 1));
  }
  return { width: SIDE, height: SIDE, data };
}

/** Scores an image, resized whole even if the model cuts large images into tiles. */
export async function scoreProbe(detector: Scorer, image: RgbImage): Promise<number> {
  const { tiles: _, ...preprocessing } = preprocessingOf(detector.config);
  const { width, height, data } = preprocessImage(image, preprocessing);
  const batch = tf.tensor4d(data, [1, height, width, 3], 'int32');
  const [prediction] = await detector.predict(batch).finally(() => batch.dispose());
  return prediction?.score ?? Number.NaN;
}

/**
 * Checks that a detector computes: it scores its probe image, and the score must be what it was when the model was saved, up to
 * 1 %. A detector without a probe scores an image of no meaning, and the score must be finite.
 *
 * @param detector - A `MintDetector`.
 * @param probe - As from `readProbe`.
 * @throws MintError `COMPUTE_FAILED` with both scores.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import { MintDetector, PAPER_CONFIG, readProbe, selfTest } from '@mint/detector';
 *
 * const detector = MintDetector.create({
 *   ...PAPER_CONFIG,
 *   classes: ['nut'],
 *   backbone: { kind: 'scattering' },
 *   input: { ...PAPER_CONFIG.input, width: 64, height: 64 },
 *   grid: [4, 4],
 *   network: { hidden: 16, heads: 2, feedForward: 32, encoderLayers: 1, decoderLayers: 1, window: [3, 3] },
 * });
 * await detector.save('models/nut');
 * const probe = await readProbe('models/nut');
 * await selfTest(detector, probe); // throws if the score is another one
 * console.log(probe?.image.width); // 64
 * ```
 */
export async function selfTest(detector: Scorer, probe?: Probe): Promise<void> {
  const score = await scoreProbe(detector, probe?.image ?? probeImage());
  const expected = probe?.score;
  const right =
    expected === undefined
      ? Number.isFinite(score)
      : Math.abs(score - expected) <= TOLERANCE * Math.abs(expected);
  if (right) return;
  throw new MintError(
    'COMPUTE_FAILED',
    `self-test: the score of the probe image is ${score}, expected ${expected ?? 'a finite number'}. The device computes wrongly, or the model's files were changed after it was saved.`,
  );
}
