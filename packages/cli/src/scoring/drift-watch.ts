import { type Calibration, createDriftMonitor } from '@mint/detector';
import { own } from '@mint/internal';

/** What is watched, by the words for it. */
const WATCHED = {
  score: 'score',
  oodScore: 'out-of-distribution score',
  brightness: 'brightness',
} as const;

/** Chance of a false report for a class whose images do not change, in each stretch of {@link STRETCH} images. */
const DELTA = 0.01;

/** Images of a class after which its monitors start again: a monitor remembers each image, and a server must not grow. */
const STRETCH = 10_000;

/**
 * Says once for each class that its images are no longer like the good images held out of training: what has changed, and how
 * strong the evidence is.
 */
export function driftWatch(calibration: Calibration | undefined, say: (text: string) => void) {
  const heldOut = {
    score: calibration?.normalScores,
    oodScore: calibration?.normalOodScores,
    brightness: calibration?.normalBrightness,
  };
  const names = ['score', 'oodScore', 'brightness'] as const;
  const monitorsOf = (className: string) =>
    names.flatMap((name) => {
      const values = own(heldOut[name], className) ?? [];
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
  return (className: string, values: Readonly<Record<keyof typeof WATCHED, number | undefined>>): void => {
    const state = watched.get(className);
    if (state === undefined) return;
    for (const { name, watch } of state.monitors) {
      const value = values[name];
      const drift = value === undefined ? undefined : watch(value);
      if (drift === undefined || !drift.alarm) continue;
      // One report is enough.
      watched.delete(className);
      say(
        `note: after ${drift.count} images, the ${WATCHED[name]} of ${className} differs from that in training (evidence ${Math.round(drift.evidence)} : 1): ` +
          'light or camera have changed, or there are more defects. The limits of the class are no longer reliable: run `mint calibrate --add` with new good images, or train again.',
      );
      return;
    }
    state.images += 1;
    if (state.images % STRETCH === 0) state.monitors = monitorsOf(className);
  };
}
