import type { ClassCounts, FolderReading, LeftOut, Problem } from '../types.js';

/** Numbers of images by label. */
export interface LabelCounts {
  /** Images without a defect. */
  readonly good: number;
  /** Images with a defect; those for training are never learned. */
  readonly defective: number;
}

/** What a data set has for one class. */
export interface ClassReport {
  /** The class. */
  readonly name: string;
  /** Images for training. */
  readonly train: LabelCounts;
  /** Images that set thresholds. */
  readonly validation: LabelCounts;
  /** Images for the evaluation. */
  readonly test: LabelCounts;
  /** Test images with a mask. */
  readonly masks: number;
  /** Images by size, as in `{ '600x800': 12 }`. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Images by file kind, as in `{ 'PNG, 3 x 8 bit': 12 }`. */
  readonly modes: Readonly<Record<string, number>>;
  /** Official numbers of a known data set. */
  readonly official?: ClassCounts | undefined;
}

/** Something worth knowing that does no harm. */
export interface Note {
  /** What was found, and what loading and training do about it. */
  readonly message: string;
  /** Number of images or classes concerned; 0 where it concerns the whole. */
  readonly count: number;
  /** Up to five of them. */
  readonly examples: readonly string[];
}

/** What {@link checkDataset} found. */
export interface DatasetReport {
  /** Name of the data set. */
  readonly dataset: string;
  /** How the folder or list was understood. */
  readonly layout?: string | undefined;
  /** Licence of a known data set. */
  readonly licence?: string | undefined;
  /** One entry per class, in the data set's order. */
  readonly classes: readonly ClassReport[];
  /** How each folder was read, parents first; absent for lists and published data sets. */
  readonly folders?: readonly FolderReading[] | undefined;
  /** Everything that was left out, counted. */
  readonly leftOut: readonly LeftOut[];
  /** What harms training or results. */
  readonly problems: readonly Problem[];
  /** What does no harm. */
  readonly notes: readonly Note[];
}
