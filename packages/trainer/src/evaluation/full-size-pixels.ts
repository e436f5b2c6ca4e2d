import type { Sample } from '@mint/data';
import { type EvaluationMetrics, PixelMetricsStream } from '@mint/metrics';

/** Pixels a stream keeps before it counts them in bins: about 200 MB. */
const EXACT_PIXELS = 2 ** 24;

const namedValues = (value: (name: 'auroc' | 'ap' | 'f1Max' | 'iouMax' | 'auPro') => number) => ({
  pixelAuroc: value('auroc'),
  pixelAp: value('ap'),
  pixelF1Max: value('f1Max'),
  pixelIouMax: value('iouMax'),
  auPro: value('auPro'),
});

/**
 * Pixel metrics of images at their own size, class by class: a class of MVTec AD has some 100 megapixels. Exact up to
 * 2²⁴ pixels a class, then to the bound of `PixelMetricsStream`, typically near 1e-5.
 */
export class FullSizePixels {
  readonly #limits: readonly number[];
  readonly #classes = new Map<string, { masks: boolean; streams: PixelMetricsStream[] }>();

  /** @param limits - False-positive rates up to which AUPRO is taken. */
  constructor(limits: readonly number[]) {
    this.#limits = limits;
  }

  /** @param mask - None for a normal image; an anomalous one without is left out. */
  add(
    { className, label }: Sample,
    map: Float32Array,
    size: { readonly width: number; readonly height: number },
    mask?: Uint8Array,
  ): void {
    if (mask === undefined && label === 'anomalous') return;
    const entry = this.#classes.get(className) ?? {
      masks: false,
      streams: this.#limits.map(
        (fprLimit) => new PixelMetricsStream(size, { fprLimit, exactPixels: EXACT_PIXELS }),
      ),
    };
    for (const stream of entry.streams) stream.update(map, mask ?? new Uint8Array(map.length), size);
    this.#classes.set(className, { ...entry, masks: entry.masks || (mask?.includes(1) ?? false) });
  }

  /** `metrics` with pixel metrics by class and their mean, and AUPRO by class at the second limit, if there is one. */
  addTo(metrics: EvaluationMetrics): EvaluationMetrics & { auProAtSecondLimit?: Record<string, number> } {
    const found = [...this.#classes].flatMap(([className, { masks, streams }]) => {
      const [first, second] = masks ? streams.map((stream) => stream.compute()) : [];
      return first === undefined ? [] : [{ className, first, second }];
    });
    const perClass = { ...metrics.perClass };
    for (const { className, first } of found) {
      const { normal = 0, anomalous = 0, ...rest } = perClass[className] ?? {};
      perClass[className] = { ...rest, ...namedValues((name) => first[name].value), normal, anomalous };
    }
    const means = namedValues(
      (name) => found.reduce((sum, { first }) => sum + first[name].value, 0) / found.length,
    );
    return {
      ...metrics,
      perClass,
      classMean: { ...metrics.classMean, ...(found.length === 0 ? {} : means) },
      ...(this.#limits.length < 2
        ? {}
        : {
            auProAtSecondLimit: Object.fromEntries(
              found.flatMap(({ className, second }) =>
                second === undefined ? [] : [[className, second.auPro.value]],
              ),
            ),
          }),
    };
  }
}
