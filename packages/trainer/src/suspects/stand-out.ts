import type { Suspect } from './suspect.js';

/** What images are left out of. */
type Use = Suspect['leftOutOf'];

/**
 * Deviations above the median at which a score stands out clearly. Each good image that is left out costs: thresholds promise less,
 * and statistics miss a variation that it may be the only one to show. On good images and synthetic anomalies 2.5 deviations lost
 * more than 4, with and without defective images (our decision).
 */
const DEVIATIONS = 4;
/** Those of training images in a class with fewer than {@link FEW}, where each of them counts. */
const DEVIATIONS_OF_FEW = 6;
const FEW = 40;
/** Fewer scores do not tell what is usual. */
const FEWEST = 8;
/** Standard deviation of a normal distribution over its median absolute deviation. */
const PER_MAD = 1.4826;
/** The least deviation, as a share of the median: images that were made alike differ by rounding. */
const LEAST = 0.01;

/**
 * The score above which an image stands out from others of its class: the median plus a multiple of the median absolute deviation,
 * neither of which moves much while fewer than half of the images are defective. No image stands out among fewer than 8.
 */
export function standOutLimit(scores: readonly number[], use: Use): number {
  if (scores.length < FEWEST) return Number.POSITIVE_INFINITY;
  const middle = median(scores);
  const spread = PER_MAD * median(scores.map((score) => Math.abs(score - middle)));
  const deviations = use === 'training' && scores.length < FEW ? DEVIATIONS_OF_FEW : DEVIATIONS;
  return middle + deviations * Math.max(spread, LEAST * middle);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] as number) + upper) / 2;
}

/** An image with a score. */
interface Scored {
  readonly className: string;
  readonly score: number;
}

/** The images that stand out from their classes, with the limit of their class, the furthest out first. */
export function standingOut<T extends Scored>(
  images: readonly T[],
  use: Use,
): (T & { readonly limit: number })[] {
  const scores = new Map<string, number[]>();
  for (const { className, score } of images) {
    const own = scores.get(className) ?? [];
    scores.set(className, own);
    own.push(score);
  }
  const limits = new Map([...scores].map(([name, own]) => [name, standOutLimit(own, use)] as const));
  return images
    .map((image) => ({ ...image, limit: limits.get(image.className) ?? Number.POSITIVE_INFINITY }))
    .filter(({ score, limit }) => score > limit)
    .toSorted((a, b) => b.score / b.limit - a.score / a.limit);
}
