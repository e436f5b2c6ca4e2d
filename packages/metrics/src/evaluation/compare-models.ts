import { MintError, own } from '@mint/internal';
import { type Comparison, comparePlacements, placements } from '../statistics/delong.js';
import { evaluateClasses } from './evaluate-classes.js';
import { groupByClass, hasPixels, type ImageResult, imageSamples } from './image-result.js';
import type { MetricName, MetricValues } from './metric-registry.js';
import { eachMetric } from './metric-values.js';
import { type Draws, middle95, type ResampleOptions, resampleClasses } from './resample.js';

/** Comparison of each metric that both models have. */
export type MetricComparisons = Readonly<Partial<Record<MetricName, Comparison>>>;

/** Result of {@link compareModels}. */
export interface ModelComparison {
  /** By class name. */
  readonly perClass: Record<string, MetricComparisons>;
  /** Comparison of the means over classes. */
  readonly classMean: MetricComparisons;
  /** Comparison of all images of all classes together. */
  readonly pooled: MetricComparisons;
}

/**
 * Compares two models on the same images: differences of all metrics with 95 % intervals and two-sided p-values.
 * `imageAuroc` of a class and pooled use DeLong's paired test ({@link compareAuroc}), all other metrics the paired
 * bootstrap, in which both models see the same draw of images. Images that are hard for both then do not hide a
 * difference, as they do when two separate intervals are compared.
 *
 * The bootstrap's p-value is twice the share of draws on the other side of 0, at least `2/(replicates + 1)`. It compares
 * these two trained models, not their training with other seeds. Among many metrics and classes, some fall below 0.05 by
 * chance.
 *
 * @param a - Results of the first model.
 * @param b - Results of the second model, for the same images in the same order. Scores may have another scale, maps
 * another size.
 * @param options - Seed and number of the draws.
 * @throws MintError `INVALID_ARGUMENT` when the images are not the same; else as `evaluateClasses`.
 * @see Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 16.
 *
 * @example
 * ```ts
 * import { compareModels } from '@mint/metrics';
 *
 * const images = (scores: number[]) =>
 *   scores.map((score, i) => ({ className: 'nut', score, anomalous: i >= 4 }));
 * const a = images([0.1, 0.2, 0.3, 0.2, 0.9, 0.8, 0.7, 0.6]);
 * const b = images([0.1, 0.6, 0.3, 0.2, 0.9, 0.5, 0.7, 0.4]);
 * const { imageAuroc } = compareModels(a, b, { seed: 0 }).pooled;
 * console.log(imageAuroc?.a, imageAuroc?.b, imageAuroc?.pValue.toFixed(2)); // 1 0.875 0.39
 * ```
 */
export function compareModels(
  a: readonly ImageResult[],
  b: readonly ImageResult[],
  options: ResampleOptions,
): ModelComparison {
  requireSameImages(a, b);
  const values = [evaluateClasses(a), evaluateClasses(b)] as const;
  const draws = [resampleClasses(a, options), resampleClasses(b, options)] as const;
  const groups = [...groupByClass(a)].map(
    ([name, group], c) => [name, group, [...groupByClass(b).values()][c] ?? []] as const,
  );
  return {
    perClass: Object.fromEntries(
      groups.map(([name, ofA, ofB], c) => [
        name,
        {
          ...compareDraws(
            [own(values[0].perClass, name) ?? {}, own(values[1].perClass, name) ?? {}],
            [draws[0].perClass[c] as Draws, draws[1].perClass[c] as Draws],
          ),
          ...delong(ofA, ofB),
        },
      ]),
    ),
    classMean: compareDraws(
      [values[0].classMean, values[1].classMean],
      [draws[0].classMean, draws[1].classMean],
    ),
    pooled: {
      ...compareDraws([values[0].pooled, values[1].pooled], [draws[0].pooled, draws[1].pooled]),
      ...delong(a, b),
    },
  };
}

function requireSameImages(a: readonly ImageResult[], b: readonly ImageResult[]): void {
  const at =
    a.length === b.length
      ? a.findIndex((image, i) => {
          const other = b[i];
          return (
            image.className !== other?.className ||
            image.anomalous !== other.anomalous ||
            hasPixels(image) !== hasPixels(other)
          );
        })
      : Math.min(a.length, b.length);
  if (at === -1) return;
  throw new MintError(
    'INVALID_ARGUMENT',
    `compareModels: both models need the same images in the same order, but they differ at position ${at} (class, kind, or whether there are a map and a mask).`,
  );
}

function compareDraws(
  values: readonly [MetricValues, MetricValues],
  draws: readonly [Draws, Draws],
): MetricComparisons {
  return eachMetric((name): Comparison | undefined => {
    const [a, b] = [values[0][name], values[1][name]];
    const [coarseA, coarseB] = [draws[0].reference[name], draws[1].reference[name]];
    if (a === undefined || b === undefined || coarseA === undefined || coarseB === undefined)
      return undefined;
    const move = a - b - (coarseA - coarseB);
    const differences = draws[0].replicates.flatMap((replicate, i) => {
      const [drawnA, drawnB] = [replicate[name], draws[1].replicates[i]?.[name]];
      return drawnA === undefined || drawnB === undefined ? [] : [drawnA - drawnB + move];
    });
    const sided = Math.min(
      differences.filter((difference) => difference <= 0).length,
      differences.filter((difference) => difference >= 0).length,
    );
    const [low, high] = middle95(differences);
    return {
      a,
      b,
      difference: a - b,
      interval: [Math.max(-1, low), Math.min(1, high)],
      pValue: Math.min(1, (2 * (sided + 1)) / (differences.length + 1)),
    };
  });
}

function delong(a: readonly ImageResult[], b: readonly ImageResult[]): MetricComparisons {
  const [ofA, ofB] = [imageSamples(a), imageSamples(b)];
  const result = comparePlacements(placements(ofA.scores, ofA.labels), placements(ofB.scores, ofB.labels));
  return result === undefined ? {} : { imageAuroc: result };
}
