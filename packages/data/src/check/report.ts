import type { ClassCounts } from '../types.js';

/** A problem or a noteworthy fact. */
export interface Finding {
  /** A `problem` harms training or results; a `note` does not. */
  readonly severity: 'problem' | 'note';
  /** What was found. */
  readonly what: string;
  /** What loading and training do about it. */
  readonly effect: string;
  /** All ids or paths concerned. */
  readonly where: readonly string[];
}

/** What a data set has for one class. */
export interface ClassReport extends Required<ClassCounts> {
  /** The class. */
  readonly className: string;
  /** Test images with a mask. */
  readonly masks: number;
  /** Images by size, as in `{ '600x800': 12 }`. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Images by file kind, as in `{ 'PNG, 3 x 8 bit': 12 }`. */
  readonly modes: Readonly<Record<string, number>>;
  /** Official numbers of a known data set. */
  readonly official?: ClassCounts | undefined;
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
  /** What was found, problems first. */
  readonly findings: readonly Finding[];
}
