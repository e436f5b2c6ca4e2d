import type { Sample, Size } from '@mint/data';
import { own } from '@mint/internal';
import {
  type EvaluationMetrics,
  meanOfMetrics,
  PixelMetricsStream,
  type StreamedPixelMetrics,
  streamedValues,
} from '@mint/metrics';

/** Pixels that a stream keeps before it counts them in bins: about 200 MB. */
const EXACT_PIXELS = 2 ** 24;

/** {@link EvaluationMetrics}, and what a protocol with two limits adds. */
export interface FullSizeMetrics extends EvaluationMetrics {
  /** AUPRO up to the second limit, by class. */
  readonly auProAtSecondLimit?: Readonly<Record<string, number>> | undefined;
}

/** The streams of a class, one per limit. */
interface ClassPixels {
  /** Whether some mask shows a defect. */
  hasDefects: boolean;
  readonly streams: readonly PixelMetricsStream[];
}

/**
 * Pixel metrics of images at their own size, class by class: a class of MVTec AD has some 100 megapixels. Exact up to
 * 2²⁴ pixels per class, then to the bound of `PixelMetricsStream`, typically near 1e-5.
 */
export class FullSizePixels {
  readonly #limits: readonly number[];
  readonly #classes = new Map<string, ClassPixels>();

  /** @param limits - False-positive rates up to which AUPRO is taken. */
  constructor(limits: readonly number[]) {
    this.#limits = limits;
  }

  /** @param mask - Absent for a normal image. An anomalous image without one is left out. */
  add({ className, label }: Sample, map: Float32Array, size: Size, mask?: Uint8Array): void {
    if (mask === undefined && label === 'anomalous') return;
    const pixels = this.#classes.get(className) ?? this.#noPixels(size);
    for (const stream of pixels.streams) stream.update(map, mask ?? new Uint8Array(map.length), size);
    pixels.hasDefects ||= mask?.includes(1) ?? false;
    this.#classes.set(className, pixels);
  }

  #noPixels(size: Size): ClassPixels {
    const streams = this.#limits.map(
      (fprLimit) => new PixelMetricsStream(size, { fprLimit, exactPixels: EXACT_PIXELS }),
    );
    return { hasDefects: false, streams };
  }

  /** `metrics` with pixel metrics by class and their means. */
  addTo(metrics: EvaluationMetrics): FullSizeMetrics {
    const found = [...this.#classes].flatMap(([className, { hasDefects, streams }]) => {
      const [first, second] = hasDefects ? streams.map((stream) => stream.compute()) : [];
      return first === undefined ? [] : [{ className, values: streamedValues(first), second }];
    });
    const withPixels = found.map(({ className, values }) => {
      const { normal = 0, anomalous = 0, ...rest } = own(metrics.perClass, className) ?? {};
      return [className, { ...rest, ...values, normal, anomalous }] as const;
    });
    const perClass = { ...metrics.perClass, ...Object.fromEntries(withPixels) };
    return {
      ...metrics,
      perClass,
      classMean: { ...metrics.classMean, ...meanOfMetrics(found.map(({ values }) => values)) },
      ...(this.#limits.length < 2 ? {} : { auProAtSecondLimit: auProOf(found) }),
    };
  }
}

function auProOf(
  classes: readonly { readonly className: string; readonly second: StreamedPixelMetrics | undefined }[],
): Record<string, number> {
  return Object.fromEntries(
    classes.flatMap(({ className, second }) =>
      second === undefined ? [] : [[className, second.auPro.value]],
    ),
  );
}
