import type { Sample } from '@mint/data';
import { type Calibration, type MintDetector, shortHash, tokenRegion } from '@mint/detector';
import { own } from '@mint/internal';
import { type ExtractOptions, featureBatches } from '../features/feature-batches.js';
import type { FeatureCache } from '../features/feature-cache.js';

/** Options of {@link outsideFeatures}. */
export interface OutsideOptions extends ExtractOptions {
  /** Measures only images with one of these short hashes; see `shortHash` of `@mint/detector`. Default: all. */
  readonly only?: ReadonlySet<string> | undefined;
}

/**
 * The mean feature of good images outside of the regions of interest of their classes, which stands in for whatever lies there; see
 * `Calibration.outsideFeatures`.
 *
 * @param images - Good images; those of classes without a region are not read.
 * @returns By class; undefined for a detector with tiles, whose regions restrict the map alone. A class whose region has all tokens
 * has nothing outside, and no entry.
 *
 * @example
 * ```ts
 * import '@mint/backend-onnx';
 * import { proceduralDataset } from '@mint/data';
 * import { MintDetector, PAPER_CONFIG } from '@mint/detector';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { featureCacheOf, outsideFeatures } from '@mint/trainer';
 *
 * await tf.setBackend('onnx');
 * const { samples, classes } = proceduralDataset({ trainPerClass: 2, size: 64 });
 * const input = { ...PAPER_CONFIG.input, width: 64, height: 64 };
 * const detector = MintDetector.create({ ...PAPER_CONFIG, classes, input, backbone: { kind: 'scattering' }, grid: [8, 8] });
 * const cache = featureCacheOf('feature-cache', detector);
 * const left = [[[0, 0], [0.5, 0], [0.5, 1], [0, 1]]] as const;
 * const means = await outsideFeatures(detector, cache, samples, { gear: left });
 * console.log(means?.gear?.length); // 147
 * ```
 */
export async function outsideFeatures(
  detector: MintDetector,
  cache: FeatureCache,
  images: readonly Sample[],
  regions: Calibration['regionsOfInterest'] = {},
  { only, ...options }: OutsideOptions = {},
): Promise<Calibration['outsideFeatures']> {
  if (detector.config.input.tiles !== undefined) return undefined;
  const means = new OutsideMeans(detector, regions);
  const wanted = images.filter(({ className }) => own(regions, className) !== undefined);
  for await (const { features, samples, hashes } of featureBatches(detector, cache, wanted, options)) {
    const size = features.length / samples.length;
    samples.forEach(({ className }, i) => {
      if (only === undefined || only.has(shortHash(hashes[i] ?? '')))
        means.add(features.subarray(i * size, (i + 1) * size), className);
    });
  }
  return means.result();
}

/** Sums up what lies outside of regions of interest, image by image. */
class OutsideMeans {
  readonly #detector: Pick<MintDetector, 'config' | 'channels'>;
  readonly #regions: NonNullable<Calibration['regionsOfInterest']>;
  readonly #sums = new Map<
    string,
    { readonly outside: readonly number[]; sum: Float64Array; images: number }
  >();

  constructor(
    detector: Pick<MintDetector, 'config' | 'channels'>,
    regions: NonNullable<Calibration['regionsOfInterest']>,
  ) {
    this.#detector = detector;
    this.#regions = regions;
  }

  /** @param features - `[N·C]` of one image. */
  add(features: Float32Array, className: string): void {
    const { channels } = this.#detector;
    const known = this.#sums.get(className) ?? {
      outside: this.#tokensOutside(className),
      sum: new Float64Array(channels),
      images: 0,
    };
    this.#sums.set(className, known);
    known.images += 1;
    for (const token of known.outside)
      for (let c = 0; c < channels; c++)
        known.sum[c] = (known.sum[c] as number) + (features[token * channels + c] as number);
  }

  /** Means by class; none for a class without tokens outside. */
  result(): NonNullable<Calibration['outsideFeatures']> {
    return Object.fromEntries(
      [...this.#sums]
        .filter(([, { outside }]) => outside.length > 0)
        .map(([name, { sum, outside, images }]) => [
          name,
          Array.from(sum, (value) => value / (images * outside.length)),
        ]),
    );
  }

  #tokensOutside(className: string): number[] {
    const region = tokenRegion(this.#detector.config, own(this.#regions, className), []);
    return Array.from(region?.inside ?? []).flatMap((isInside, token) => (isInside === 1 ? [] : [token]));
  }
}
