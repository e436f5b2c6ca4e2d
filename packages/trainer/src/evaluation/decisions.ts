import type { Sample } from '@mint/data';
import { type Calibration, decide, type Prediction } from '@mint/detector';
import { binomialInterval } from '@mint/metrics';

/** How the limits did on the test images of one class. */
export interface ClassDecisions {
  /** Good images. */
  readonly normal: number;
  /** Good images that raised an alarm. */
  readonly falseAlarms: number;
  /** Good images that were said to be of an unknown class. */
  readonly falseUnknown: number;
  /** 95 % interval of `falseAlarms / normal`: these images are compatible with a promise that lies in it. */
  readonly falseAlarmRate95?: readonly [low: number, high: number];
  /** 95 % interval of `falseUnknown / normal`. */
  readonly falseUnknownRate95?: readonly [low: number, high: number];
  /** Defective images. */
  readonly anomalous: number;
  /** Defective images that passed as good. */
  readonly misses: number;
  /** Images taken for a class that has no limits: no decision. They count in none of the numbers above. */
  readonly undecided: number;
}

/** Decisions on test images: the rate promised, and what came of it. */
export interface Decisions {
  /** False-alarm rate promised. */
  readonly alpha: number;
  /** What came of it, by the class shown. */
  readonly perClass: Readonly<Record<string, ClassDecisions>>;
}

/** A scored image without its map. */
export interface DecisionInput {
  /** What was scored. */
  readonly sample: Sample;
  /** What the detector said about it. */
  readonly prediction: Pick<Prediction, 'score' | 'className' | 'oodScores'>;
}

/**
 * Applies the limits as in use: each image is held against the limits of the class it is taken for, and counted in
 * the class it shows.
 *
 * @param classes - `config.classes` of the detector.
 * @param given - The shown class's limits are taken instead, as on a line that knows its products. Without a classifier
 * (UniAD) they always are.
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
  const groups = new Map<string, DecisionInput[]>();
  for (const image of images) {
    const group = groups.get(image.sample.className) ?? [];
    groups.set(image.sample.className, [...group, image]);
  }
  const count = (group: readonly DecisionInput[]): ClassDecisions => {
    const outcomes = group.map(({ sample, prediction }) => ({
      label: sample.label,
      ...decide(
        prediction,
        calibration,
        classes,
        given ? sample.className : (prediction.className ?? sample.className),
      ),
    }));
    const decided = outcomes.filter(({ decision }) => decision !== 'none');
    const normal = decided.filter(({ label }) => label === 'normal');
    const anomalous = decided.filter(({ label }) => label === 'anomalous');
    const falseAlarms = normal.filter(({ decision }) => decision === 'alarm').length;
    const falseUnknown = normal.filter(({ decision }) => decision === 'unknown class').length;
    return {
      normal: normal.length,
      falseAlarms,
      falseUnknown,
      ...(normal.length === 0
        ? {}
        : {
            falseAlarmRate95: binomialInterval(falseAlarms, normal.length),
            falseUnknownRate95: binomialInterval(falseUnknown, normal.length),
          }),
      anomalous: anomalous.length,
      misses: anomalous.filter(({ decision }) => decision === 'ok').length,
      undecided: outcomes.length - decided.length,
    };
  };
  return {
    alpha: calibration.alpha,
    perClass: Object.fromEntries([...groups].map(([name, group]) => [name, count(group)])),
  };
}
