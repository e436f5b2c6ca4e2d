import { readSample, resizeMask, type Sample } from '@mint/data';
import type { DetectorConfig } from '@mint/detector';
import { type EvaluationOptions, evaluateClasses, type ImageResult } from '@mint/metrics';
import { type FullSizeMetrics, FullSizePixels } from './full-size-pixels.js';
import { applyProtocol, type ProtocolSettings } from './protocols.js';
import type { ScoredImage } from './scored-image.js';

/** Scores, maps and masks of the test images as a protocol takes them, and the metrics of all. */
export class TestResults {
  readonly #protocol: ProtocolSettings;
  readonly #results: ImageResult[] = [];
  /** Classes with masks: no metric counts pixels of another one, whose maps are not kept. */
  readonly #classesWithMasks: ReadonlySet<string>;
  /** Maps of large images are many and of many sizes: their pixels are counted as they come. */
  readonly #fullSize: FullSizePixels | undefined;

  constructor(protocol: ProtocolSettings, { input }: DetectorConfig, samples: readonly Sample[]) {
    const { size, auProFprLimits } = protocol;
    this.#protocol = protocol;
    this.#classesWithMasks = new Set(samples.filter(mayHaveMask).map(({ className }) => className));
    if (size === 'image' || (size === 'input' && input.tiles !== undefined))
      this.#fullSize = new FullSizePixels(auProFprLimits);
  }

  /** @param isTiled - The image is already at its own size. */
  async add({ sample, image, ...scored }: ScoredImage, isTiled: boolean): Promise<void> {
    const { prediction, mask } = withoutOutside(scored);
    const ownSize = this.#protocol.size === 'image' && !isTiled;
    const taken = ownSize ? await readSample(sample) : { image, mask };
    const { map, size, score } = applyProtocol(this.#protocol, prediction, taken.image);
    const { className, label } = sample;
    const result = { className, score, anomalous: label === 'anomalous' };
    if (this.#fullSize !== undefined) {
      this.#results.push(result);
      this.#fullSize.add(sample, map, size, taken.mask?.data);
    } else if (!this.#classesWithMasks.has(className)) {
      this.#results.push(result);
    } else {
      const resized = mask && resizeMask(mask, size.width, size.height).data;
      this.#results.push({ ...result, map, size, mask: resized });
    }
  }

  metrics(options: EvaluationOptions): FullSizeMetrics {
    const metrics = evaluateClasses(this.#results, options);
    return this.#fullSize?.addTo(metrics) ?? metrics;
  }
}

/**
 * Pixels outside of a region of interest, where the map is −∞, count as good pixels that nothing was found in; what a mask marks
 * there is not asked for.
 */
function withoutOutside({ prediction, mask }: Pick<ScoredImage, 'prediction' | 'mask'>) {
  const { anomalyMap } = prediction;
  if (!anomalyMap.includes(Number.NEGATIVE_INFINITY)) return { prediction, mask };
  const lowest = anomalyMap
    .filter(Number.isFinite)
    .reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  return {
    prediction: { ...prediction, anomalyMap: anomalyMap.map((value) => Math.max(value, lowest)) },
    mask: mask && {
      ...mask,
      data: mask.data.map((value, i) => (Number.isFinite(anomalyMap[i]) ? value : 0)),
    },
  };
}

/** Whether an image made by a recipe has a mask shows only when it is made. */
const mayHaveMask = ({ maskPath, render }: Sample): boolean => maskPath !== undefined || render !== undefined;
