import type { DetectorState, MintDetector } from '@mint/detector';
import type { CachedSample } from '../features/cached-features.js';
import { learnerOf } from '../learners/learners.js';
import type { TrainOptions } from '../training/train-options.js';
import { withMap } from '../whitening/whiten.js';
import { standingOut } from './stand-out.js';
import type { Suspect } from './suspect.js';
import { type ScoredSample, unseenScores } from './unseen-scores.js';
import { usualPlaces, withUsual } from './usual-tokens.js';

type Images = Pick<TrainOptions, 'cache' | 'samples'>;

/** A detector with its map, and the training images that stand out. */
export interface Fitted {
  readonly detector: MintDetector;
  readonly suspects: readonly Suspect[];
}

/**
 * The detector with its map, measured on the training images without the places at which some stand out from their class: a few
 * defective images among them do little harm then. A defect covers few tokens; the others of its image still count, so that a good
 * image that stands out costs next to nothing. A network has learned from all of them; its map has not. Only the map
 * `'whitened-by-class-and-place'` tells images apart well enough for that; with others nothing is left out.
 *
 * @param start - Its network is trained, or of a kind that is measured.
 */
export async function fitWithoutSuspects(start: DetectorState, images: Images): Promise<Fitted> {
  const all = await fit(start, images);
  const found = standingOut(highest(all.scores), 'training');
  if (found.length === 0) return { detector: all.detector, suspects: [] };
  all.detector.dispose();
  const suspects = found.map(({ image: { sample, contentHash }, className, score, limit }): Suspect => {
    return { sample, contentHash, className, score, limit, leftOutOf: 'training' };
  });
  const samples = await withoutPeaks(images, all.scores, suspects);
  const { detector } = await fit(start, { ...images, samples }, false);
  return { detector, suspects };
}

async function fit(start: DetectorState, { cache, samples }: Images, isScored = true) {
  const { measure } = learnerOf(start.config);
  const network = measure === undefined ? start.network : await measure(start, cache, samples);
  let scores: readonly ScoredSample[] = [];
  const detector = await withMap({ ...start, network }, { cache, samples }, async (mapped, detectorOf) => {
    if (!isScored || mapped.config.map !== 'whitened-by-class-and-place') return;
    scores = await unseenScores(mapped, cache, samples, detectorOf ?? (() => mapped));
  });
  return { detector, scores };
}

/** Of an image in tiles, or with variants, the one with the highest score. */
function highest(scores: readonly ScoredSample[]): ScoredSample[] {
  const images = new Map<string, ScoredSample>();
  for (const scored of scores) {
    const before = images.get(scored.image.contentHash);
    if (before === undefined || scored.score > before.score) images.set(scored.image.contentHash, scored);
  }
  return [...images.values()];
}

/** The images, with what is usual wherever the map of a suspect exceeds the limit of its class. */
async function withoutPeaks(
  { cache, samples }: Images,
  scores: readonly ScoredSample[],
  suspects: readonly Suspect[],
): Promise<CachedSample[]> {
  const limits = new Map(suspects.map(({ contentHash, limit }) => [contentHash, limit]));
  const changed = new Map<CachedSample, CachedSample>();
  for (const name of new Set(suspects.map(({ className }) => className))) {
    const own = scores.filter(({ className }) => className === name);
    const usual = await usualPlaces(
      cache,
      own.map(({ image }) => image),
    );
    for (const { image, peaks } of own) {
      const limit = limits.get(image.contentHash) ?? Number.POSITIVE_INFINITY;
      const isOut = Array.from(peaks, (peak) => peak > limit);
      if (isOut.includes(true)) changed.set(image, await withUsual(cache, image, isOut, usual));
    }
  }
  return samples.map((image) => changed.get(image) ?? image);
}
