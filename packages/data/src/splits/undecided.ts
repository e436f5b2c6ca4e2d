import { MintError } from '@mint/internal';
import type { ClassSample, UndecidedSample } from '../class-samples.js';
import { splitHoldout } from './holdout.js';

/** How images are split when neither folder nor list says so. */
export interface SplitOptions {
  /**
   * Share of good images kept for testing when nothing says which images are for testing. Only in classes with anomalous images.
   * Drawn as by {@link splitHoldout} with seed 0: at least one of two images is kept, and adding an image moves at most one
   * existing image from one side to the other. @defaultValue 0.2
   */
  readonly testFraction?: number | undefined;
}

/**
 * Gives every sample a split. Where any sample of a class has one, its good samples without a split go to training and
 * anomalous ones to the test. Where none has, the anomalous samples are the test, with `testFraction` of the good samples of their classes.
 *
 * @returns The samples, and one sentence on how they were split.
 * @throws MintError `INVALID_ARGUMENT` unless `testFraction` lies in [0, 1).
 */
export function decideSplits<T extends UndecidedSample>(
  samples: readonly T[],
  { testFraction = 0.2 }: SplitOptions,
): { samples: (T & Pick<ClassSample, 'split'>)[]; summary: string } {
  if (!(testFraction >= 0 && testFraction < 1)) {
    throw new MintError('INVALID_ARGUMENT', `\`testFraction\` must lie in [0, 1), got ${testFraction}.`);
  }
  const withSplit = new Set(
    samples.flatMap(({ split, className }) => (split === undefined ? [] : [className])),
  );
  const given = withSplit.size > 0;
  const withDefects = new Set(
    samples.filter(({ label }) => label === 'anomalous').map(({ className }) => className),
  );
  const good = samples.filter(
    ({ label, className }) => label === 'normal' && withDefects.has(className) && !withSplit.has(className),
  );
  const drawn = new Set(splitHoldout(good, testFraction, 0).holdout);
  const summary = given
    ? 'training and test as given'
    : withDefects.size === 0
      ? 'no anomalous images, so all are for training'
      : `nothing says training or test, so ${Math.round(100 * testFraction)} % of the good images of classes with anomalous images are for testing`;
  return {
    samples: samples.map((sample) =>
      isDecided(sample)
        ? sample
        : { ...sample, split: sample.label === 'anomalous' || drawn.has(sample) ? 'test' : 'train' },
    ),
    summary,
  };
}

const isDecided = <T extends UndecidedSample>(sample: T): sample is T & Pick<ClassSample, 'split'> =>
  sample.split !== undefined;
