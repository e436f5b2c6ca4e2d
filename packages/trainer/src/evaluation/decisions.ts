import type { Sample } from '@mint/data';
import { type Calibration, type Decidable, type Decision, decide } from '@mint/detector';
import { binomialInterval } from '@mint/metrics';

/** Decisions on the test images of one class. */
export interface ClassDecisions {
  /** Good images. */
  readonly normal: number;
  /** Good images that raised an alarm. */
  readonly falseAlarms: number;
  /** Good images that were decided to be of an unknown class. */
  readonly falseUnknown: number;
  /** 95 % interval of `falseAlarms / normal`: a promised rate inside it is compatible with these images. */
  readonly falseAlarmRate95?: readonly [low: number, high: number] | undefined;
  /** 95 % interval of `falseUnknown / normal`. */
  readonly falseUnknownRate95?: readonly [low: number, high: number] | undefined;
  /** Good images for people to look at. Absent without a review rate. */
  readonly falseReviews?: number | undefined;
  /** Anomalous images. */
  readonly anomalous: number;
  /** Anomalous images for people to look at. Absent without a review rate. */
  readonly reviewed?: number | undefined;
  /** Anomalous images that passed as good. */
  readonly misses: number;
  /** Images recognised as a class without thresholds: no decision. None of the numbers above counts them. */
  readonly undecided: number;
}

/** Decisions on test images, beside the false-alarm rate that was promised. */
export interface Decisions {
  /** False-alarm rate promised. */
  readonly alpha: number;
  /** Review rate promised: alarms and reviews together. Absent without one. */
  readonly reviewAlpha?: number | undefined;
  /** By the class that the images show. */
  readonly perClass: Readonly<Record<string, ClassDecisions>>;
}

/** A scored image to decide about; its map is needed where its class has a size rule. */
export interface DecisionInput {
  /** What was scored. */
  readonly sample: Sample;
  /** The detector's prediction. */
  readonly prediction: Decidable;
}

/**
 * Decides about images as in use: with the thresholds of the class that each is recognised as. Each counts in the class that
 * it shows.
 *
 * @param classes - `config.classes` of the detector.
 * @param given - Decides with the thresholds of the class shown, as on a line that knows its products. A detector without a
 * classifier (UniAD) always does.
 *
 * @example
 * ```ts
 * import { proceduralDataset } from '@mint/data';
 * import { thresholdsAt } from '@mint/detector';
 * import { decisionsOf } from '@mint/trainer';
 *
 * const good = { gear: Array.from({ length: 19 }, (_, i) => i + 1) }; // scores of held-out good images
 * const scores = { normalScores: good, normalMaxima: good };
 * const scales = { heatScale: [1, 19], heatScales: { gear: [1, 19] } } as const;
 * const calibration = { alpha: 0.1, thresholds: thresholdsAt(scores, 0.1), ...scales, ...scores };
 * const images = proceduralDataset()
 *   .samples.filter(({ split, className }) => split === 'test' && className === 'gear')
 *   .map((sample, i) => ({ sample, prediction: { score: i, className: 'gear' } }));
 * const { gear } = decisionsOf(images, calibration, ['gear']).perClass;
 * console.log(gear?.normal, gear?.falseAlarms, gear?.anomalous, gear?.misses); // 15 12 16 16
 * ```
 */
export function decisionsOf(
  images: readonly DecisionInput[],
  calibration: Calibration,
  classes: readonly string[],
  given = false,
): Decisions {
  const decided = images.map((image) => decidedImage(image, calibration, classes, given));
  return countDecisions(decided, calibration);
}

/** An image that was decided about. */
export type Decided = Pick<Sample, 'label' | 'className'> & Pick<Decision, 'decision'>;

/** Decides about one image; see {@link decisionsOf}. */
export function decidedImage(
  { sample, prediction }: DecisionInput,
  calibration: Calibration,
  classes: readonly string[],
  given: boolean,
): Decided {
  const name = given ? sample.className : (prediction.className ?? sample.className);
  const { decision } = decide(prediction, calibration, classes, name);
  return { label: sample.label, className: sample.className, decision };
}

/** Counts the decisions by the class that the images show. */
export function countDecisions(
  decided: readonly Decided[],
  { alpha, reviewAlpha }: Pick<Calibration, 'alpha' | 'reviewAlpha'>,
): Decisions {
  const groups = new Map<string, Decided[]>();
  for (const image of decided) {
    const group = groups.get(image.className) ?? [];
    group.push(image);
    groups.set(image.className, group);
  }
  const perClass = Object.fromEntries(
    [...groups].map(([name, group]) => [name, countsOf(group, reviewAlpha !== undefined)]),
  );
  return { alpha, reviewAlpha, perClass };
}

function countsOf(images: readonly Decided[], hasReview: boolean): ClassDecisions {
  const count = (label: Sample['label'], ...decisions: Decision['decision'][]) =>
    images.filter((image) => image.label === label && decisions.includes(image.decision)).length;
  const normal = count('normal', 'ok', 'review', 'alarm', 'unknown class');
  const falseAlarms = count('normal', 'alarm');
  const falseUnknown = count('normal', 'unknown class');
  const rate = (part: number) => (normal === 0 ? undefined : binomialInterval(part, normal));
  return {
    normal,
    falseAlarms,
    falseUnknown,
    falseAlarmRate95: rate(falseAlarms),
    falseUnknownRate95: rate(falseUnknown),
    falseReviews: hasReview ? count('normal', 'review') : undefined,
    anomalous: count('anomalous', 'ok', 'review', 'alarm', 'unknown class'),
    reviewed: hasReview ? count('anomalous', 'review') : undefined,
    misses: count('anomalous', 'ok'),
    undecided: images.filter(({ decision }) => decision === 'none').length,
  };
}
