import { MintError } from '@mint/internal';
import type { ImageSize } from './checks.js';
import { imageMetrics } from './image-metrics.js';
import { pixelMetrics } from './pixel-metrics.js';

/** A scored picture. */
export interface PictureResult {
  readonly className: string;
  readonly score: number;
  readonly anomalous: boolean;
  /** Anomaly map `[H·W]` row-major. */
  readonly map?: Float32Array;
  /** `[H·W]`, 1 where anomalous. Left out for normal pictures, and for anomalous ones whose mask is not known. */
  readonly mask?: Uint8Array;
  /** Size of map and mask; the same for all pictures. */
  readonly size?: ImageSize;
}

/** Metrics of one class, or of all classes pooled. A metric that is not defined is absent, never 0, 0.5 or NaN. */
export interface ClassMetrics {
  readonly imageAuroc?: number;
  readonly imageAp?: number;
  readonly imageF1Max?: number;
  readonly pixelAuroc?: number;
  readonly pixelAp?: number;
  readonly pixelF1Max?: number;
  readonly auPro?: number;
  /** Pictures of each kind. */
  readonly normal: number;
  readonly anomalous: number;
}

/** The metrics of {@link ClassMetrics} without the counts. */
export type MetricValues = Omit<ClassMetrics, 'normal' | 'anomalous'>;

export interface EvaluationMetrics {
  readonly perClass: Record<string, ClassMetrics>;
  /** Arithmetic mean over the classes that have the metric. */
  readonly classMean: MetricValues;
  /** One threshold for everything: all pictures, or all their pixels, taken together. */
  readonly pooled: ClassMetrics;
}

/**
 * Metrics per class, their mean over classes, and pooled over all classes.
 *
 * Image metrics need both kinds of pictures. Pixel metrics use normal pictures (their mask is empty) and anomalous
 * pictures with a mask, of classes that have at least one mask; anomalous pictures without a mask are left out of them.
 */
export function evaluateClasses(pictures: readonly PictureResult[]): EvaluationMetrics {
  const byClass = new Map<string, PictureResult[]>();
  for (const picture of pictures) {
    const group = byClass.get(picture.className);
    if (group === undefined) byClass.set(picture.className, [picture]);
    else group.push(picture);
  }
  const hasMask = ({ mask, anomalous }: PictureResult) => anomalous && mask !== undefined;
  const withMasks = [...byClass.values()].filter((group) => group.some(hasMask)).flat();
  const perClass = Object.fromEntries(
    [...byClass].map(([name, group]) => [name, metricsOf(group, group.some(hasMask) ? group : [])]),
  );
  return { perClass, classMean: meanOf(Object.values(perClass)), pooled: metricsOf(pictures, withMasks) };
}

function metricsOf(pictures: readonly PictureResult[], pixelPictures: readonly PictureResult[]): ClassMetrics {
  const anomalous = pictures.filter((picture) => picture.anomalous).length;
  const counts = { normal: pictures.length - anomalous, anomalous };
  const scores = Float64Array.from(pictures, ({ score }) => score);
  const labels = Uint8Array.from(pictures, (picture) => Number(picture.anomalous));
  const both = counts.normal > 0 && counts.anomalous > 0;
  return { ...(both ? namedImageMetrics(scores, labels) : {}), ...namedPixelMetrics(pixelPictures), ...counts };
}

function namedImageMetrics(scores: Float64Array, labels: Uint8Array): MetricValues {
  const { auroc, ap, f1Max } = imageMetrics(scores, labels);
  return { imageAuroc: auroc, imageAp: ap, imageF1Max: f1Max };
}

function namedPixelMetrics(pictures: readonly PictureResult[]): MetricValues {
  const usable = pictures.filter(({ map, mask, anomalous }) => map !== undefined && (!anomalous || mask !== undefined));
  const size = usable[0]?.size;
  if (size === undefined) return {};
  const pixels = size.width * size.height;
  const maps = new Float32Array(usable.length * pixels);
  const masks = new Uint8Array(usable.length * pixels);
  usable.forEach((picture, i) => {
    if (picture.map?.length !== pixels || (picture.mask !== undefined && picture.mask.length !== pixels)) {
      throw new MintError(
        'SHAPE_MISMATCH',
        `evaluateClasses: map and mask of a picture of '${picture.className}' must have ${size.width}x${size.height} pixels, ` +
          `got ${picture.map?.length ?? 0} and ${picture.mask?.length ?? 'none'}.`,
      );
    }
    maps.set(picture.map, i * pixels);
    if (picture.mask !== undefined) masks.set(picture.mask, i * pixels);
  });
  const { auroc, ap, f1Max, auPro } = pixelMetrics(maps, masks, size);
  return { pixelAuroc: auroc, pixelAp: ap, pixelF1Max: f1Max, auPro };
}

function meanOf(classes: readonly ClassMetrics[]): MetricValues {
  const names = ['imageAuroc', 'imageAp', 'imageF1Max', 'pixelAuroc', 'pixelAp', 'pixelF1Max', 'auPro'] as const;
  return Object.fromEntries(
    names.flatMap((name) => {
      const values = classes.flatMap((metrics) => metrics[name] ?? []);
      return values.length === 0 ? [] : [[name, values.reduce((sum, value) => sum + value, 0) / values.length]];
    }),
  );
}
