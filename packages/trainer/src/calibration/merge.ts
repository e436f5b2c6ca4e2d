import type { Calibration, NormalScores } from '@mint/detector';
import { own } from '@mint/internal';

type Lists = Readonly<Record<string, readonly number[]>>;

/** The scores of `added` behind those of `old`, class by class. A measure that `old` lacks stays absent. */
export function mergeScores(old: NormalScores, added: NormalScores): NormalScores {
  const { normalOodScores, normalBrightness, normalSizedPeaks } = old;
  return {
    normalScores: appended(old.normalScores, added.normalScores),
    normalMaxima: appended(old.normalMaxima, added.normalMaxima),
    normalOodScores: normalOodScores && appended(normalOodScores, added.normalOodScores),
    normalBrightness: normalBrightness && appended(normalBrightness, added.normalBrightness),
    normalSizedPeaks: normalSizedPeaks && appended(normalSizedPeaks, added.normalSizedPeaks),
  };
}

function appended(old: Lists, added: Lists = {}): Lists {
  const names = new Set([...Object.keys(old), ...Object.keys(added)]);
  return Object.fromEntries(
    [...names].map((name) => [name, [...(own(old, name) ?? []), ...(own(added, name) ?? [])]]),
  );
}

/** A calibration as it was, with the classes of another one beside its own. */
export function joinCalibrations(old: Calibration, added: Calibration): Calibration {
  const { normalOodScores, normalBrightness } = old;
  return {
    ...old,
    thresholds: { ...old.thresholds, ...added.thresholds },
    heatScales: { ...old.heatScales, ...added.heatScales },
    normalScores: { ...old.normalScores, ...added.normalScores },
    normalMaxima: { ...old.normalMaxima, ...added.normalMaxima },
    normalOodScores: normalOodScores && { ...normalOodScores, ...added.normalOodScores },
    normalBrightness: normalBrightness && { ...normalBrightness, ...added.normalBrightness },
  };
}
