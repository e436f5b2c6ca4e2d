import { type Calibration, MintDetector, smallestAlpha, thresholdsAt } from '@mint/detector';
import { MintError } from '@mint/internal';
import type { ClassDecisions, Decisions } from '@mint/trainer';
import { useDevice } from './device.js';

export interface CalibrateFlags {
  readonly alpha: number;
}

/**
 * `mint calibrate <model> --alpha 0.02`: new alarm limits from the scores of good pictures that the model folder
 * keeps. Weights stay as they are. Returns the exit code: 1 when a class has too few pictures for `alpha`.
 */
export async function calibrateCommand(folder: string, { alpha }: CalibrateFlags): Promise<number> {
  await useDevice('cpu'); // nothing is computed
  const detector = await MintDetector.load(folder);
  const { calibration } = detector;
  if (calibration === undefined) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `${folder}: the model has no calibration to start from; train it with \`mint train\`.`,
    );
  }
  const { normalScores, normalMaxima } = calibration;
  const changed: Calibration = {
    ...calibration,
    alpha,
    thresholds: thresholdsAt(normalScores, normalMaxima, alpha),
  };
  const updated = MintDetector.fromState({ ...detector.toState(), calibration: changed });
  await updated.save(folder);
  updated.dispose();
  detector.dispose();
  process.stdout.write(`${thresholdTable(changed)}\n`);
  return Object.keys(changed.thresholds).length === Object.keys(normalScores).length ? 0 : 1;
}

/**
 * Alarm limits by class, and how they did on test pictures; where held-out pictures are too few, what the class could
 * promise instead.
 */
export function thresholdTable(
  { alpha, normalScores, thresholds }: Calibration,
  decisions?: Decisions,
): string {
  const lines = Object.entries(normalScores).map(([className, { length }]) => {
    const limit = thresholds[className];
    const value =
      limit === undefined
        ? `none: ${length} pictures promise ${smallestAlpha(length).toPrecision(2)} at best`
        : `score ${limit.image.toFixed(3)}, map ${limit.pixel.toFixed(3)}`;
    return `  ${className.padEnd(20)} ${String(length).padStart(5)} held-out good pictures   ${value}${outcome(decisions?.perClass[className])}`;
  });
  return [`alarm limits for at most ${alpha} false alarms a good picture:`, ...lines].join('\n');
}

function outcome(decisions: ClassDecisions | undefined): string {
  if (decisions?.falseAlarmRate95 === undefined) return '';
  const { normal, falseAlarms, falseAlarmRate95, anomalous, misses } = decisions;
  const [low, high] = falseAlarmRate95.map((rate) => rate.toFixed(2));
  return `; in test: ${falseAlarms} of ${normal} false alarms (95 %: ${low} to ${high}), ${misses} of ${anomalous} missed`;
}
