import { MintError, own } from '@mint/internal';
import type { Prediction } from '../prediction.js';
import type { Calibration } from './calibration.js';
import { conformalPValue } from './conformal.js';
import { ruledScore, type SizeRule } from './size-rule.js';
import type { Threshold } from './thresholds.js';

/** What to do about an image, and why. */
export interface Decision {
  /**
   * `unknown class`: the image does not look like its given or recognised class, a wrong product perhaps.
   * `alarm`: its score is above the threshold of the class. `review`: it is not, but above the lower threshold of the review
   * rate, and people should look. `none`: the class has no thresholds, or is not known at all.
   */
  readonly decision: 'ok' | 'review' | 'alarm' | 'unknown class' | 'none';
  /** The class whose thresholds were applied. */
  readonly className?: string | undefined;
  /** p-value of the image score among held-out good images of the class, in [1/(n + 1), 1]. */
  readonly p?: number | undefined;
  /** p-value of the out-of-distribution score among the same images. */
  readonly classP?: number | undefined;
  /** What was compared with the threshold under the size rule of the class; see `ruledScore`. Absent without a rule. */
  readonly sizedPeak?: number | undefined;
}

/** What a decision is about. The map is needed where the class has a size rule. */
export type Decidable = Pick<Prediction, 'score' | 'className' | 'oodScores'> &
  Partial<Pick<Prediction, 'anomalyMap' | 'width' | 'height' | 'frame'>>;

/**
 * Compares a prediction with the thresholds of one class. Each threshold is exceeded by at most a share `alpha` of new good
 * images, so at most a share `2·alpha` of them is stopped for either reason. With a review rate, a share of at most that rate is
 * stopped or reviewed for its score, by the same argument.
 *
 * @param classes - `config.classes`.
 * @param given - The class of the image, where it is known. Default: the recognised class. If it is given, both promises
 * hold for each class separately; otherwise only as far as the class is recognised rightly.
 * @throws MintError `INVALID_ARGUMENT` when `given` is not one of `classes`, or when the class has a size rule and the prediction
 * has no map.
 *
 * @example
 * ```ts
 * import { decide, markLimit, thresholdsAt } from '@mint/detector';
 *
 * const good = { nut: Array.from({ length: 19 }, (_, i) => i + 1) };
 * const scores = { normalScores: good, normalMaxima: good };
 * const thresholds = thresholdsAt(scores, 0.1);
 * console.log(thresholds); // { nut: { image: 18, pixel: 18 } }
 * const calibration = { alpha: 0.1, thresholds, heatScale: [1, 19], heatScales: { nut: [1, 19] }, ...scores } as const;
 * console.log(decide({ score: 25, className: 'nut' }, calibration, ['nut']));
 * // { decision: 'alarm', className: 'nut', p: 0.05 }
 * const band = { ...calibration, thresholds: thresholdsAt(scores, 0.1, 0.3) };
 * const between = decide({ score: 16.5, className: 'nut' }, band, ['nut']);
 * console.log(between.decision, band.thresholds.nut?.review?.image, markLimit(between, band)); // review 14 14
 * ```
 */
export function decide(
  prediction: Decidable,
  { normalScores, normalOodScores, normalSizedPeaks, thresholds, sizeRules }: Calibration,
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
  const rule = own(sizeRules, className);
  const score = rule === undefined ? prediction.score : scoreUnder(rule, prediction, className);
  const normals = own(rule === undefined ? normalScores : normalSizedPeaks, className) ?? [];
  const oodScore = prediction.oodScores?.[index];
  const grounds = {
    className,
    p: conformalPValue(normals, score),
    ...(rule !== undefined && { sizedPeak: score }),
    ...(oodScore !== undefined &&
      normalOodScores !== undefined && {
        classP: conformalPValue(own(normalOodScores, className) ?? [], oodScore),
      }),
  };
  const limits = own(thresholds, className);
  if (limits === undefined) return { decision: 'none', ...grounds };
  const unknown = oodScore !== undefined && oodScore > (limits.ood ?? Number.POSITIVE_INFINITY);
  return { decision: unknown ? 'unknown class' : byScore(score, limits), ...grounds };
}

function byScore(score: number, { image, review }: Threshold): Decision['decision'] {
  if (score > image) return 'alarm';
  return review !== undefined && score > review.image ? 'review' : 'ok';
}

function scoreUnder(
  rule: SizeRule,
  { anomalyMap, width, height, frame }: Decidable,
  className: string,
): number {
  if (anomalyMap === undefined || width === undefined || height === undefined) {
    const message = `decide: '${className}' has a size rule, so the prediction must have its anomaly map.`;
    throw new MintError('INVALID_ARGUMENT', message);
  }
  return ruledScore(rule, { anomalyMap, width, height, frame });
}

/**
 * Map values above it are marked in an image: the pixel threshold of its class; the one of the review rate where the decision is
 * `review`. Undefined where the class has no thresholds.
 *
 * See the example of {@link decide}.
 */
export function markLimit(
  { decision, className }: Decision,
  { thresholds }: Calibration,
): number | undefined {
  const limits = own(thresholds, className ?? '');
  return decision === 'review' ? (limits?.review ?? limits)?.pixel : limits?.pixel;
}
