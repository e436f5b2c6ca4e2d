import { MintError } from '@mint/internal';
import { quoted } from './names.js';
import type { Sample } from './types.js';

/** Options of every loader of a folder. */
export interface LoadOptions {
  /** Only these classes; `classIndex` is then an index into them. Default: all. */
  readonly classes?: readonly string[] | undefined;
}

/** A sample whose class has no index yet. */
export type ClassSample = Omit<Sample, 'classIndex'>;

/** A sample whose folder or row does not say whether it is for training or for testing. */
export type UndecidedSample = Omit<ClassSample, 'split'> & {
  readonly split?: ClassSample['split'] | undefined;
};

/** Kind of defect of an image that is only known to be anomalous. */
export const UNNAMED_DEFECT = 'defective';

/**
 * Tells which classes a caller wants.
 *
 * @param where - The folder's path, for the message.
 * @param known - The classes that are there.
 * @throws MintError `INVALID_ARGUMENT` when a class in `classes` is not there.
 */
export function classFilter(
  where: string,
  known: readonly string[],
  { classes }: LoadOptions,
): (className: string) => boolean {
  const unknown = classes?.filter((name) => !known.includes(name)) ?? [];
  if (unknown.length > 0) {
    const message = `no class ${quoted(unknown)} in ${where}; there are ${quoted(known)}.`;
    throw new MintError('INVALID_ARGUMENT', message);
  }
  return (className) => classes?.includes(className) ?? true;
}

/** The classes in the order of their first samples, and the samples, each with its index among them. */
export function indexed<T extends ClassSample>(
  samples: readonly T[],
): { classes: string[]; samples: (T & Pick<Sample, 'classIndex'>)[] } {
  const classes = [...new Set(samples.map(({ className }) => className))];
  const index = new Map(classes.map((name, i) => [name, i]));
  return {
    classes,
    // In place: a list may have a million rows.
    samples: samples.map((sample) => Object.assign(sample, { classIndex: index.get(sample.className) ?? 0 })),
  };
}
