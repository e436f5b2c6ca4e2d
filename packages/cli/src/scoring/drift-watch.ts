import { type Calibration, createDriftMonitor, type Drift } from '@mint/detector';
import { own } from '@mint/internal';
import type { DriftState } from '@mint/station-page';

type Watched = DriftState['of'];

/** What is watched, by the words for it. */
const WATCHED: Readonly<Record<Watched, string>> = {
  score: 'score',
  oodScore: 'out-of-distribution score',
  brightness: 'brightness',
};

/** Chance of a false report for a class whose images do not change, in each stretch of {@link STRETCH} images. */
const DELTA = 0.01;

/** Images of a class after which its monitors start again: a monitor remembers each image, and a server must not grow. */
const STRETCH = 10_000;

interface Monitor {
  readonly name: Watched;
  readonly watch: (value: number) => Drift;
  last: Pick<Drift, 'count' | 'evidence' | 'alarm'>;
}

interface ClassWatch {
  images: number;
  monitors: Monitor[];
  ended: boolean;
}

/** Watches the images of each class for change. */
export interface DriftWatch {
  /** Takes the numbers of an image. */
  readonly add: (className: string, values: Readonly<Record<Watched, number | undefined>>) => void;
  /** What is known of each watched number of each class. */
  readonly state: () => DriftState[];
}

/**
 * Says once for each class that its images are no longer like the good images held out of training: what has changed, and how
 * strong the evidence is.
 */
export function driftWatch(calibration: Calibration | undefined, say: (text: string) => void): DriftWatch {
  const heldOut = {
    score: calibration?.normalScores,
    oodScore: calibration?.normalOodScores,
    brightness: calibration?.normalBrightness,
  };
  const names = ['score', 'oodScore', 'brightness'] as const;
  const delta = DELTA / names.length;
  const monitorsOf = (className: string): Monitor[] =>
    names.flatMap((name) => {
      const values = own(heldOut[name], className) ?? [];
      const last = { count: 0, evidence: 1, alarm: false };
      return values.length === 0 ? [] : [{ name, watch: createDriftMonitor(values, { delta }), last }];
    });
  const watched = new Map<string, ClassWatch>(
    Object.keys(calibration?.normalScores ?? {}).map((className) => [
      className,
      { images: 0, monitors: monitorsOf(className), ended: false },
    ]),
  );
  return {
    add(className, values) {
      const state = watched.get(className);
      // One report is enough.
      if (state === undefined || state.ended) return;
      for (const monitor of state.monitors) {
        const value = values[monitor.name];
        if (value === undefined) continue;
        monitor.last = monitor.watch(value);
        if (!monitor.last.alarm) continue;
        state.ended = true;
        say(reportText(className, monitor));
        return;
      }
      state.images += 1;
      if (state.images % STRETCH === 0) state.monitors = monitorsOf(className);
    },
    state: () =>
      [...watched].flatMap(([className, { monitors }]) =>
        monitors.map(({ name, last }) => ({
          class: className,
          of: name,
          images: last.count,
          evidence: last.evidence,
          reportedFrom: 1 / delta,
          drifted: last.alarm,
        })),
      ),
  };
}

const reportText = (className: string, { name, last }: Monitor): string =>
  `note: after ${last.count} images, the ${WATCHED[name]} of ${className} differs from that in training (evidence ${Math.round(last.evidence)} : 1): ` +
  'light or camera have changed, or there are more defects. The limits of the class are no longer reliable: run `mint calibrate --add` with new good images, or train again.';
