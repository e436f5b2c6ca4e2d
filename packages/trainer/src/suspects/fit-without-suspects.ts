import type { DetectorState, MintDetector } from '@mint/detector';
import { learnerOf } from '../learners/learners.js';
import type { TrainOptions } from '../training/train-options.js';
import { withMap } from '../whitening/whiten.js';
import { standingOut } from './stand-out.js';
import type { Suspect } from './suspect.js';
import { type ScoredSample, unseenScores } from './unseen-scores.js';

type Images = Pick<TrainOptions, 'cache' | 'samples'>;

/** A detector with its map, and the training images that it does without. */
export interface Fitted {
  readonly detector: MintDetector;
  readonly suspects: readonly Suspect[];
}

/**
 * The detector with its map, measured on the training images without those that stand out from their class: a few defective ones
 * among them do little harm then. A network has learned from them all the same; its map has not. Only the map
 * `'whitened-by-class-and-place'` tells images apart well enough for that; with others nothing is left out.
 *
 * @param start - Its network is trained, or of a kind that is measured.
 */
export async function fitWithoutSuspects(start: DetectorState, images: Images): Promise<Fitted> {
  const all = await fit(start, images);
  const found = standingOut(all.scores, 'training');
  if (found.length === 0) return { detector: all.detector, suspects: [] };
  all.detector.dispose();
  const out = new Set(found.map(({ image }) => image.contentHash));
  const samples = images.samples.filter(({ contentHash }) => !out.has(contentHash));
  const { detector } = await fit(start, { ...images, samples });
  const suspects = found.map(({ image: { sample, contentHash }, className, score, limit }): Suspect => {
    return { sample, contentHash, className, score, limit, leftOutOf: 'training' };
  });
  return { detector, suspects };
}

async function fit(start: DetectorState, { cache, samples }: Images) {
  const { measure } = learnerOf(start.config);
  const network = measure === undefined ? start.network : await measure(start, cache, samples);
  let scores: readonly ScoredSample[] = [];
  const detector = await withMap({ ...start, network }, { cache, samples }, async (mapped, detectorOf) => {
    if (mapped.config.map !== 'whitened-by-class-and-place') return;
    scores = await unseenScores(mapped, cache, samples, detectorOf ?? (() => mapped));
  });
  return { detector, scores };
}
