import { type Calibration, createDriftMonitor } from '@mint/detector';

type Watched = 'score' | 'strangeness' | 'brightness';

/** Chance that a class whose pictures do not change is ever said to have changed. */
const DELTA = 0.01;

/**
 * Says once for each class that its pictures are no longer like the good pictures held out of training, by what, and how
 * sure that is.
 */
export function driftWatch(calibration: Calibration | undefined, say: (text: string) => void) {
  const heldOut = {
    score: calibration?.normalScores,
    strangeness: calibration?.normalStrangeness,
    brightness: calibration?.normalBrightness,
  };
  const names: readonly Watched[] = ['score', 'strangeness', 'brightness'];
  const monitors = new Map(
    Object.keys(calibration?.normalScores ?? {}).map((className) => [
      className,
      names.flatMap((name) => {
        const values = heldOut[name]?.[className] ?? [];
        return values.length === 0
          ? []
          : [{ name, watch: createDriftMonitor(values, { delta: DELTA / names.length }) }];
      }),
    ]),
  );
  const told = new Set<string>();
  return (className: string, values: Readonly<Record<Watched, number | undefined>>): void => {
    for (const { name, watch } of monitors.get(className) ?? []) {
      const value = values[name];
      const drift = value === undefined ? undefined : watch(value);
      if (drift === undefined || !drift.alarm || told.has(className)) continue;
      told.add(className);
      say(
        `note: after ${drift.count} pictures, the ${name} of ${className} is not as in training (evidence ${Math.round(drift.evidence)} : 1): ` +
          'other light or camera, or more defects. Its limits no longer keep their promise: `mint calibrate --add` good pictures of today, or train again.',
      );
    }
  };
}
