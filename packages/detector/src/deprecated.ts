import type { ImageSets } from './limits/image-sets.js';
import { oodScore } from './limits/ood-score.js';

/** @deprecated Use {@link oodScore}. */
export const strangeness = oodScore;

/** @deprecated Use {@link ImageSets}. */
export type PictureSets = ImageSets;
