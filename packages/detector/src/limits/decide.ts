import { MintError } from '@mint/internal';
import type { Prediction } from '../prediction.js';
import type { Calibration } from './calibration.js';
import { conformalPValue } from './conformal.js';

/** What to do about an image, and why. */
export interface Decision {
  /**
   * `unknown class`: the image does not look like its given or recognised class, a wrong product perhaps.
   * `alarm`: its score is above the threshold of the class. `none`: the class has no thresholds, or is not known at all.
   */
  readonly decision: 'ok' | 'alarm' | 'unknown class' | 'none';
  /** The class whose thresholds were applied. */
  readonly className?: string | undefined;
  /** p-value of the image score among held-out good images of the class, in [1/(n + 1), 1]. */
  readonly p?: number | undefined;
  /** p-value of the out-of-distribution score among the same images. */
  readonly classP?: number | undefined;
}

/**
 * Compares a prediction with the thresholds of one class. Each threshold is exceeded by at most a share `alpha` of new good
 * images, so at most a share `2·alpha` of them is stopped for either reason.
 *
 * @param classes - `config.classes`.
 * @param given - The class of the image, where it is known. Default: the recognised class. If it is given, both promises
 * hold for each class separately; otherwise only as far as the class is recognised rightly.
 * @throws MintError `INVALID_ARGUMENT` when `given` is not one of `classes`.
 *
 * @example
 * ```ts
 * import { decide, thresholdsAt } from '@mint/detector';
 *
 * const good = { nut: Array.from({ length: 19 }, (_, i) => i + 1) };
 * const scores = { normalScores: good, normalMaxima: good };
 * const thresholds = thresholdsAt(scores, 0.1);
 * console.log(thresholds); // { nut: { image: 18, pixel: 18 } }
 * const calibration = { alpha: 0.1, thresholds, heatScale: [1, 19], heatScales: { nut: [1, 19] }, ...scores } as const;
 * console.log(decide({ score: 25, className: 'nut' }, calibration, ['nut']));
 * // { decision: 'alarm', className: 'nut', p: 0.05 }
 * ```
 */
export function decide(
  prediction: Pick<Prediction, 'score' | 'className' | 'oodScores'>,
  { normalScores, normalOodScores, thresholds }: Calibration,
  classes: readonly string[],
  given?: string,
): Decision {
  const className = given ?? prediction.className;
  if (className === undefined) return { decision: 'none' };
  const index = classes.indexOf(className);
  if (index === -1) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `decide: the model knows no class '${className}'; it knows ${classes.join(', ')}.`,
    );
  }
  const { score } = prediction;
  const oodScore = prediction.oodScores?.[index];
  const p = conformalPValue(normalScores[className] ?? [], score);
  const grounds =
    oodScore === undefined || normalOodScores === undefined
      ? { className, p }
      : { className, p, classP: conformalPValue(normalOodScores[className] ?? [], oodScore) };
  const limits = thresholds[className];
  if (limits === undefined) return { decision: 'none', ...grounds };
  const unknown = oodScore !== undefined && oodScore > (limits.ood ?? Number.POSITIVE_INFINITY);
  return { decision: unknown ? 'unknown class' : score > limits.image ? 'alarm' : 'ok', ...grounds };
}
