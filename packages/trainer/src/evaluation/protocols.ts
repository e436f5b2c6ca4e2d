import { describePreprocessing, type Preprocessing, type Size } from '@mint/data';
import { type DetectorConfig, type Prediction, preprocessingOf } from '@mint/detector';
import { resizeMap } from '@mint/image';
import { MintError } from '@mint/internal';

/** A convention by which maps become numbers. */
export interface ProtocolSettings {
  /** Preprocessing of the network's input. Default: that of the model. */
  readonly input?: Preprocessing;
  /**
   * Size at which maps are compared with masks: `input`, that of the network's input (for an image in tiles, that of the image);
   * `image`, that of the image as taken; or one size for all.
   */
  readonly size: 'input' | 'image' | Size;
  /** Gaussian over the map, zero beyond its edges: deviation and side of the window in pixels. */
  readonly smoothing?: Readonly<Record<'sigma' | 'window', number>>;
  /** Image score: the model's own, the largest map value, or the mean of the highest 1 % of them. */
  readonly score: 'model' | 'max' | 'top 1 %';
  /** AUPRO up to these false-positive rates; tables show the first. */
  readonly auProFprLimits: readonly [number, ...number[]];
  /** Where the authors' code differs from ours. */
  readonly differs: readonly string[];
}

/** A name of {@link PROTOCOLS}. */
export type ProtocolName = 'own' | 'uniad' | 'mvtec' | 'ader' | 'crop-392';

/**
 * Evaluation conventions of the field by name, taken from the authors' code. They make numbers comparable as far as the
 * evaluation is concerned; backbone, training and data matter as well.
 *
 * - `own`: ours. Maps at input size, exact metrics, no smoothing.
 * - `uniad`: You et al., NeurIPS 2022, `tools/train_val.py` and `utils/eval_helper.py`.
 * - `mvtec`: Bergmann et al., IJCV 2021, the evaluation code of MVTec AD: every pixel of the image as taken.
 * - `ader`: Zhang et al. 2024, `configs/uniad` and `util/metric.py`.
 * - `crop-392`: Dinomaly (Guo et al., CVPR 2025), INP-Former and related work, `evaluation_batch`.
 */
export const PROTOCOLS: Readonly<Record<ProtocolName, ProtocolSettings>> = {
  own: { size: 'input', score: 'model', auProFprLimits: [0.3], differs: [] },
  uniad: {
    input: { width: 224, height: 224, filter: 'bilinear' },
    size: 'input',
    score: 'model',
    auProFprLimits: [0.3],
    differs: [
      'an AUROC below 0.5 is mirrored to 1 − AUROC there',
      'no AUPRO there',
      'the best epoch is chosen on test images there',
    ],
  },
  mvtec: {
    size: 'image',
    score: 'max',
    auProFprLimits: [0.3, 0.05],
    differs: ['no pooled pixel metrics here: classes have images of different sizes'],
  },
  ader: {
    input: { width: 256, height: 256, filter: 'bilinear' },
    size: { width: 256, height: 256 },
    score: 'model',
    auProFprLimits: [0.3],
    differs: [
      'masks are resized bilinearly and cut at 0.5 there, nearest here',
      'AUPRO from 100 steps between the extreme scores there, with the rate rescaled; exact here',
      'the best epoch of each metric is printed beside the last there',
    ],
  },
  'crop-392': {
    input: { width: 392, height: 392, filter: 'bilinear', resize: { width: 448, height: 448 } },
    size: { width: 256, height: 256 },
    smoothing: { sigma: 4, window: 5 },
    score: 'top 1 %',
    auProFprLimits: [0.3],
    differs: [
      'masks are resized bilinearly before the crop there, any value above 0 counts; nearest here',
      'AUPRO from 200 steps between the extreme scores there; exact here',
    ],
  },
};

/**
 * Refuses a model whose images are not prepared as a protocol demands: its numbers would not be those of the protocol.
 *
 * @throws MintError `INVALID_ARGUMENT` naming both.
 */
export function assertFits(name: ProtocolName, config: DetectorConfig): void {
  const { input, size } = PROTOCOLS[name];
  const own = preprocessingOf(config);
  const has = describePreprocessing(own);
  if (input !== undefined && describePreprocessing(input) !== has) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `protocol '${name}': the model must be trained on images prepared by ${describePreprocessing(input)}; this one has ${has}. ` +
        `Train one with \`mint train --protocol ${name}\`.`,
    );
  }
  if (size === 'image' && (own.resize !== undefined || own.padToSquare)) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `protocol '${name}': evaluates every pixel of an image, but the model sees only a part of it (${has}).`,
    );
  }
}

/**
 * Map and image score of one image as a protocol takes them.
 *
 * @param image - Size of the image as taken; used by `size: 'image'` alone.
 */
export function applyProtocol(
  { size, smoothing, score }: ProtocolSettings,
  prediction: Pick<Prediction, 'anomalyMap' | 'width' | 'height' | 'score'>,
  image: Size,
): { readonly map: Float32Array; readonly size: Size; readonly score: number } {
  const { width, height } = prediction;
  const target = size === 'input' ? { width, height } : size === 'image' ? image : size;
  const resized = resizeMap(prediction.anomalyMap, prediction, target);
  const map = smoothing === undefined ? resized : smooth(resized, target, smoothing);
  if (score === 'model') return { map, size: target, score: prediction.score };
  const sorted = map.toSorted();
  const highest = sorted.subarray(
    sorted.length - (score === 'max' ? 1 : Math.max(1, Math.floor(0.01 * sorted.length))),
  );
  return { map, size: target, score: highest.reduce((sum, v) => sum + v, 0) / highest.length };
}

/** Two passes of a Gaussian whose `window` weights sum to 1. */
export function smooth(
  map: Float32Array,
  { width, height }: Size,
  { sigma, window }: NonNullable<ProtocolSettings['smoothing']>,
): Float32Array {
  const half = (window - 1) / 2;
  const raw = Array.from({ length: window }, (_, i) => Math.exp(-((i - half) ** 2) / (2 * sigma ** 2)));
  const sum = raw.reduce((a, b) => a + b, 0);
  const pass = (source: Float32Array, length: number, lines: number, step: number, jump: number) => {
    const out = new Float32Array(source.length);
    for (let line = 0; line < lines; line++) {
      for (let i = 0; i < length; i++) {
        let value = 0;
        for (let k = Math.max(0, i - half); k <= Math.min(length - 1, i + half); k++)
          value += (source[line * jump + k * step] as number) * (raw[k - i + half] as number);
        out[line * jump + i * step] = value / sum;
      }
    }
    return out;
  };
  return pass(pass(map, width, height, 1, width), height, width, width, 1);
}
