import { type Calibration, createDriftMonitor } from '@mint/detector';

type Watched = 'score' | 'strangeness' | 'brightness';

/** Chance that a class whose images do not change is said to have changed, in each stretch of {@link STRETCH} of them. */
const DELTA = 0.01;

/** Images of a class after which watching starts anew: a monitor remembers each, and a server must not grow. */
const STRETCH = 10_000;

/**
 * Says once for each class that its images are no longer like the good images held out of training, by what, and how
 * sure that is.
 */
export function driftWatch(calibration: Calibration | undefined, say: (text: string) => void) {
  const heldOut = {
    score: calibration?.normalScores,
    strangeness: calibration?.normalOodScores,
    brightness: calibration?.normalBrightness,
  };
  const names: readonly Watched[] = ['score', 'strangeness', 'brightness'];
  const monitorsOf = (className: string) =>
    names.flatMap((name) => {
      const values = heldOut[name]?.[className] ?? [];
      return values.length === 0
        ? []
        : [{ name, watch: createDriftMonitor(values, { delta: DELTA / names.length }) }];
    });
  const watched = new Map(
    Object.keys(calibration?.normalScores ?? {}).map((className) => [
      className,
      { images: 0, monitors: monitorsOf(className) },
    ]),
  );
  return (className: string, values: Readonly<Record<Watched, number | undefined>>): void => {
    const state = watched.get(className);
    if (state === undefined) return;
    for (const { name, watch } of state.monitors) {
      const value = values[name];
      const drift = value === undefined ? undefined : watch(value);
      if (drift === undefined || !drift.alarm) continue;
      // Once is enough.
      watched.delete(className);
      say(
        `note: after ${drift.count} images, the ${name} of ${className} is not as in training (evidence ${Math.round(drift.evidence)} : 1): ` +
          'other light or camera, or more defects. Its limits no longer keep their promise: `mint calibrate --add` good images of today, or train again.',
      );
      return;
    }
    state.images += 1;
    if (state.images % STRETCH === 0) state.monitors = monitorsOf(className);
  };
}
