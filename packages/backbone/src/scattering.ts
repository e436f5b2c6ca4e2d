import { assertInt } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';
import { IMAGENET_MEAN, IMAGENET_STD } from './align.js';
import type { BackboneDefinition, MapInfo } from './definition.js';

/** Output stride: every coefficient is averaged over cells of this many pixels. */
const STRIDE = 16;
/** Side of a wavelet filter, in pixels of its own scale. */
const FILTER = 7;
/** Morlet wavelet (Bruna and Mallat 2013, section 4): width σ, centre frequency ξ, both at the finest scale. */
const SIGMA = 0.8;
const XI = (3 * Math.PI) / 4;
/** Added under the root, so that its gradient and its noise stay bounded. */
const ROOT_EPSILON = 1e-6;
/** Added before the logarithm: moduli below it count as silence. */
const LOG_FLOOR = 0.02;

/** Sizes of the scattering network. Plain JSON. */
export interface ScatteringConfig {
  /** Orientations of the wavelets, over 180°; 1 to 64. @defaultValue 4 */
  readonly orientations?: number | undefined;
  /** Octaves, from the finest; at most 4, so that the coarsest still fits the output stride. @defaultValue 4 */
  readonly scales?: number | undefined;
}

function sizes({ orientations = 4, scales = 4 }: ScatteringConfig): { orientations: number; scales: number } {
  assertInt('scattering', 'orientations', orientations, 1, 64);
  assertInt('scattering', 'scales', scales, 1, 4);
  return { orientations, scales };
}

/**
 * Channels and strides of the maps of {@link scatteringFeatures}: one for the averages, one for first order, one for
 * second order, which there is with two scales or more.
 *
 * @throws MintError `INVALID_ARGUMENT` for a setting out of range.
 *
 * @example
 * ```ts
 * import { scatteringInfo } from '@mint/backbone';
 *
 * console.log(scatteringInfo({})); // { channels: [ 3, 48, 96 ], strides: [ 16, 16, 16 ] }
 * ```
 */
export function scatteringInfo(config: ScatteringConfig): MapInfo {
  const { orientations, scales } = sizes(config);
  const pairs = (scales * (scales - 1)) / 2;
  const channels = [3, 3 * scales * orientations, pairs * orientations ** 2].filter((count) => count > 0);
  return { channels, strides: channels.map(() => STRIDE) };
}

/** Real and imaginary part of one Morlet wavelet, `[7·7]` row-major each; both sum to 0. */
export function morlet(angle: number, orientations: number): { real: Float32Array; imaginary: Float32Array } {
  const slant = 4 / orientations;
  const half = (FILTER - 1) / 2;
  const envelope: number[] = [];
  const phase: number[] = [];
  for (let y = -half; y <= half; y++) {
    for (let x = -half; x <= half; x++) {
      const along = x * Math.cos(angle) + y * Math.sin(angle);
      const across = y * Math.cos(angle) - x * Math.sin(angle);
      envelope.push(Math.exp(-(along ** 2 + (slant * across) ** 2) / (2 * SIGMA ** 2)));
      phase.push(XI * along);
    }
  }
  const sum = (f: (i: number) => number) => envelope.reduce((total, _, i) => total + f(i), 0);
  const weight = sum((i) => envelope[i] as number);
  // Taking this share of the envelope away makes the wavelet blind to constant brightness.
  const beta = sum((i) => (envelope[i] as number) * Math.cos(phase[i] as number)) / weight;
  const part = (f: (p: number) => number) =>
    Float32Array.from(envelope, (e, i) => (e * f(phase[i] as number)) / weight);
  return { real: part((p) => Math.cos(p) - beta), imaginary: part(Math.sin) };
}

const banks = new Map<number, { real: Float32Array; imaginary: Float32Array }>();

/** All orientations as `[7, 7, 1, orientations]` filters. */
function filterBank(orientations: number): { real: Float32Array; imaginary: Float32Array } {
  const known = banks.get(orientations);
  if (known !== undefined) return known;
  const wavelets = Array.from({ length: orientations }, (_, o) =>
    morlet((o * Math.PI) / orientations, orientations),
  );
  const interleave = (part: 'real' | 'imaginary') =>
    Float32Array.from({ length: FILTER * FILTER * orientations }, (_, i) => {
      return wavelets[i % orientations]?.[part][Math.floor(i / orientations)] ?? 0;
    });
  const bank = { real: interleave('real'), imaginary: interleave('imaginary') };
  banks.set(orientations, bank);
  return bank;
}

/** Luminance and two opponent colours, as a 1×1 convolution of RGB. */
const COLOURS = [1 / 3, 1 / 2, -1 / 4, 1 / 3, -1 / 2, -1 / 4, 1 / 3, 0, 1 / 2];

/**
 * Scattering features: no weights, nothing to download (Bruna and Mallat, "Invariant Scattering Convolution
 * Networks", TPAMI 2013). First order: modulus of oriented wavelets at four scales, on luminance and two opponent
 * colours. Second order: the same again on the luminance moduli, at every coarser scale. All are averaged locally
 * and their logarithm is taken (our decision: it evens out their sizes).
 *
 * @param images - `[B, H, W, 3]` float32, normalised; H and W divisible by 16.
 * @returns Averages, first order, second order: `[B, H/16, W/16, channels]` each; see {@link scatteringInfo}.
 * @throws MintError `INVALID_ARGUMENT` for a setting out of range.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { scatteringFeatures } from '@mint/backbone';
 *
 * const maps = scatteringFeatures({ orientations: 2, scales: 2 }, tf.zeros([1, 32, 32, 3]));
 * console.log(maps.map(({ shape }) => shape.join('x'))); // [ '1x2x2x3', '1x2x2x12', '1x2x2x4' ]
 * ```
 */
export function scatteringFeatures(config: ScatteringConfig, images: tf.Tensor4D): tf.Tensor4D[] {
  const { orientations, scales } = sizes(config);
  return tf.tidy(() => {
    const bank = filterBank(orientations);
    const filter = (part: Float32Array, channels: number): tf.Tensor4D =>
      tf.tile(tf.tensor4d(part, [FILTER, FILTER, 1, orientations]), [1, 1, channels, 1]);
    const modulus = (x: tf.Tensor4D): tf.Tensor4D => {
      const channels = x.shape[3];
      const edge: [number, number] = [(FILTER - 1) / 2, (FILTER - 1) / 2];
      const padded = tf.mirrorPad(x, [[0, 0], edge, edge, [0, 0]], 'reflect');
      const energy = (part: Float32Array) =>
        tf.square(tf.depthwiseConv2d(padded, filter(part, channels), 1, 'valid'));
      return tf.sqrt(tf.add(tf.add(energy(bank.real), energy(bank.imaginary)), ROOT_EPSILON)) as tf.Tensor4D;
    };
    const halve = (x: tf.Tensor4D): tf.Tensor4D => tf.avgPool(x, 2, 2, 'valid');
    // Windows overlap by half, so that a defect on the border of two cells is seen by both.
    const average = (x: tf.Tensor4D, scale: number): tf.Tensor4D => {
      const cell = STRIDE >> scale;
      return tf.avgPool(x, 2 * cell, cell, 'same');
    };
    const log = (x: tf.Tensor4D) => tf.log(tf.add(x, LOG_FLOOR)) as tf.Tensor4D;

    let level = tf.conv2d(images, tf.tensor4d(COLOURS, [1, 1, 3, 3]), 1, 'valid') as tf.Tensor4D;
    const averages = average(level, 0);
    const first: tf.Tensor4D[] = [];
    const second: tf.Tensor4D[] = [];
    for (let scale = 0; scale < scales; scale++) {
      const moduli = modulus(level);
      first.push(log(average(moduli, scale)));
      let luminance = tf.slice(moduli, [0, 0, 0, 0], [-1, -1, -1, orientations]) as tf.Tensor4D;
      for (let coarser = scale + 1; coarser < scales; coarser++) {
        luminance = halve(luminance);
        second.push(log(average(modulus(luminance), coarser)));
      }
      level = halve(level);
    }
    return [averages, tf.concat(first, 3), ...(second.length > 0 ? [tf.concat(second, 3)] : [])];
  });
}

/** Scattering network (Bruna and Mallat, TPAMI 2013): no weights. */
export const scattering: BackboneDefinition<ScatteringConfig> = {
  info: (config) => ({
    ...scatteringInfo(config),
    // Each scale but the last halves the image; its cells must end where those of the finest scale end.
    inputMultiple: 2 ** (sizes(config).scales - 1),
    // On ONNX Runtime, as `pnpm --filter bench large-image-memory` measures it.
    bytesPerPixel: 550,
    normalisation: { mean: IMAGENET_MEAN, std: IMAGENET_STD },
  }),
  specs: () => ({}),
  features: (_params, config, images) => scatteringFeatures(config, images),
  parse: (fields) => ({
    orientations: fields.get('orientations').optional((field) => field.int(1, 64)),
    scales: fields.get('scales').optional((field) => field.int(1, 4)),
  }),
};
