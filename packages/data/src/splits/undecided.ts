import { MintError } from '@mint/internal';
import { splitHoldout } from '../batches/order.js';
import type { ClassSample } from '../trees/mvtec-tree.js';

/** A sample whose folder or row does not say whether it is for training or for testing. */
export type Undecided = Omit<ClassSample, 'split'> & { readonly split?: ClassSample['split'] };

/** How images are split when neither folder nor list says. */
export interface SplitOptions {
  /**
   * Share of the good images of a class kept for testing, when nothing says which: of classes with defective images alone,
   * drawn as by `splitHoldout` with seed 0, so at least one of two, and a new image moves one other at most. @defaultValue 0.2
   */
  readonly testFraction?: number;
}

/**
 * Gives every sample a split. When any sample has one, good samples without go to training and defective ones to the
 * test. When none has, the defective ones are the test, with `testFraction` of the good ones of their classes.
 *
 * @throws MintError `INVALID_ARGUMENT` unless `testFraction` lies in [0, 1).
 */
export function decideSplits(
  samples: readonly Undecided[],
  { testFraction = 0.2 }: SplitOptions,
): { samples: ClassSample[]; told: string } {
  if (!(testFraction >= 0 && testFraction < 1)) {
    throw new MintError('INVALID_ARGUMENT', `\`testFraction\` must lie in [0, 1), got ${testFraction}.`);
  }
  const given = samples.some(({ split }) => split !== undefined);
  const withDefects = new Set(
    samples.filter(({ label }) => label === 'anomalous').map(({ className }) => className),
  );
  const good = samples.filter(({ label, className }) => label === 'normal' && withDefects.has(className));
  const drawn = new Set(given ? [] : splitHoldout(good, testFraction, 0).holdout);
  return {
    samples: samples.map((sample) =>
      isDecided(sample)
        ? sample
        : { ...sample, split: sample.label === 'anomalous' || drawn.has(sample) ? 'test' : 'train' },
    ),
    told: given
      ? 'training and test as given'
      : withDefects.size === 0
        ? 'no defective images, so all are for training'
        : `no word of training or test, so ${Math.round(100 * testFraction)} % of the good images of classes with defects are for testing`,
  };
}

const isDecided = (sample: Undecided): sample is ClassSample => sample.split !== undefined;
