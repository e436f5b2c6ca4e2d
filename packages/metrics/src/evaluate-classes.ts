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
  /** Size of map and mask, needed with a map; the same for all pictures. */
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
 * pictures with a mask, of classes that have at least one mask; anomalous pictures without a mask are left out of them,
 * and so is every picture without a map.
 *
 * @throws MintError `SHAPE_MISMATCH` when maps, masks and sizes do not fit; `MASK_MISMATCH` when a normal picture's mask is
 * not empty; `INVALID_ARGUMENT` for a NaN score or another mask value.
 */
export function evaluateClasses(pictures: readonly PictureResult[]): EvaluationMetrics {
  const byClass = new Map<string, PictureResult[]>();
  for (const picture of pictures) {
    const group = byClass.get(picture.className);
    if (group === undefined) byClass.set(picture.className, [picture]);
    else group.push(picture);
  }
  const groups = [...byClass];
  const perClass = Object.fromEntries(groups.map(([name, group]) => [name, metricsOf(group, group)]));
  const hasMasks = (group: readonly PictureResult[]) =>
    group.some(({ mask, anomalous }) => anomalous && mask !== undefined);
  const withMasks = groups.flatMap(([, group]) => (hasMasks(group) ? group : []));
  return { perClass, classMean: meanOf(Object.values(perClass)), pooled: metricsOf(pictures, withMasks) };
}

function metricsOf(
  pictures: readonly PictureResult[],
  pixelPictures: readonly PictureResult[],
): ClassMetrics {
  const anomalous = pictures.filter((picture) => picture.anomalous).length;
  const counts = { normal: pictures.length - anomalous, anomalous };
  const scores = Float64Array.from(pictures, ({ score }) => score);
  const labels = Uint8Array.from(pictures, (picture) => Number(picture.anomalous));
  const both = counts.normal > 0 && counts.anomalous > 0;
  return {
    ...(both ? namedImageMetrics(scores, labels) : {}),
    ...namedPixelMetrics(pixelPictures),
    ...counts,
  };
}

function namedImageMetrics(scores: Float64Array, labels: Uint8Array): MetricValues {
  const { auroc, ap, f1Max } = imageMetrics(scores, labels);
  return { imageAuroc: auroc, imageAp: ap, imageF1Max: f1Max };
}

function namedPixelMetrics(pictures: readonly PictureResult[]): MetricValues {
  const usable = pictures.flatMap(({ map, ...rest }) =>
    map !== undefined && (!rest.anomalous || rest.mask !== undefined) ? [{ map, ...rest }] : [],
  );
  const [first] = usable;
  if (first === undefined) return {};
  const { width, height } = sizeOf(first);
  const pixels = width * height;
  const maps = new Float32Array(usable.length * pixels);
  const masks = new Uint8Array(usable.length * pixels);
  usable.forEach((picture, i) => {
    const { className, anomalous, map, mask } = picture;
    const size = sizeOf(picture);
    if (
      size.width !== width ||
      size.height !== height ||
      map.length !== pixels ||
      (mask?.length ?? pixels) !== pixels
    ) {
      throw new MintError(
        'SHAPE_MISMATCH',
        `evaluateClasses: maps and masks must all have ${width}x${height} pixels, but one of '${className}' has size ` +
          `${size.width}x${size.height}, a map of ${map.length} and ${mask === undefined ? 'no mask' : `a mask of ${mask.length}`}.`,
      );
    }
    if (!anomalous && mask?.some((value) => value !== 0)) {
      throw new MintError(
        'MASK_MISMATCH',
        `evaluateClasses: a normal picture of '${className}' has a mask that is not empty.`,
      );
    }
    maps.set(map, i * pixels);
    if (mask !== undefined) masks.set(mask, i * pixels);
  });
  // A class without masks, or small defects that vanished when their masks were made smaller.
  if (!masks.includes(0) || masks.every((value) => value === 0)) return {};
  const { auroc, ap, f1Max, auPro } = pixelMetrics(maps, masks, { width, height });
  return { pixelAuroc: auroc, pixelAp: ap, pixelF1Max: f1Max, auPro };
}

function sizeOf({ className, size }: PictureResult): ImageSize {
  if (size !== undefined) return size;
  throw new MintError(
    'INVALID_ARGUMENT',
    `evaluateClasses: a picture of '${className}' has a map but no \`size\`.`,
  );
}

function meanOf(classes: readonly ClassMetrics[]): MetricValues {
  const names = [
    'imageAuroc',
    'imageAp',
    'imageF1Max',
    'pixelAuroc',
    'pixelAp',
    'pixelF1Max',
    'auPro',
  ] as const;
  return Object.fromEntries(
    names.flatMap((name) => {
      const values = classes.flatMap((metrics) => metrics[name] ?? []);
      return values.length === 0
        ? []
        : [[name, values.reduce((sum, value) => sum + value, 0) / values.length]];
    }),
  );
}
