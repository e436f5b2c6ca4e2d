import type { Calibration } from '@mint/detector';
import { binomialInterval } from '@mint/metrics';
import type { ScoredPicture } from './evaluate.js';

/** How the alarm limits did on the test pictures of one class. */
export interface ClassDecisions {
  /** Good pictures, and how many of them raised an alarm. */
  readonly normal: number;
  readonly falseAlarms: number;
  /** 95 % interval of the false-alarm rate: these pictures are compatible with a promise that lies in it. */
  readonly falseAlarmRate95?: readonly [low: number, high: number];
  /** Defective pictures, and how many of them raised none. */
  readonly anomalous: number;
  readonly misses: number;
  /** Pictures taken for a class that has no limit: no decision. They count in neither number above. */
  readonly undecided: number;
}

/** Alarms on test pictures: the false-alarm rate promised, and what came of it. */
export interface Decisions {
  readonly alpha: number;
  readonly perClass: Readonly<Record<string, ClassDecisions>>;
}

type Judged = Pick<ScoredPicture, 'prediction' | 'sample'>;

/**
 * Applies the limits as in use: each picture is held against the limit of the class it is taken for, and counted in
 * the class it shows. Without a classifier (UniAD) the shown class's limit is taken.
 */
export function decisionsOf(pictures: readonly Judged[], { alpha, thresholds }: Calibration): Decisions {
  const groups = new Map<string, Judged[]>();
  for (const picture of pictures) {
    const group = groups.get(picture.sample.className) ?? [];
    groups.set(picture.sample.className, [...group, picture]);
  }
  const count = (group: readonly Judged[]): ClassDecisions => {
    const judged = group.flatMap(({ sample, prediction }) => {
      const limit = thresholds[prediction.className ?? sample.className]?.image;
      return limit === undefined ? [] : [{ label: sample.label, alarm: prediction.score > limit }];
    });
    const normal = judged.filter(({ label }) => label === 'normal');
    const anomalous = judged.filter(({ label }) => label === 'anomalous');
    const falseAlarms = normal.filter(({ alarm }) => alarm).length;
    return {
      normal: normal.length,
      falseAlarms,
      ...(normal.length === 0 ? {} : { falseAlarmRate95: binomialInterval(falseAlarms, normal.length) }),
      anomalous: anomalous.length,
      misses: anomalous.filter(({ alarm }) => !alarm).length,
      undecided: group.length - judged.length,
    };
  };
  return { alpha, perClass: Object.fromEntries([...groups].map(([name, group]) => [name, count(group)])) };
}
