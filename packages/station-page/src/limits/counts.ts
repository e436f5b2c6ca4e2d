import type { LimitTrial } from '../contract.js';

/** How many of some scores in ascending order lie above a limit. */
export function above(scores: readonly number[], limit: number): number {
  let [low, high] = [0, scores.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((scores[middle] ?? Number.NaN) > limit) high = middle;
    else low = middle + 1;
  }
  return scores.length - low;
}

/** Alarms that a limit would have raised; `isMore` where the server gave only the highest scores. */
export function alarmsAt(
  { scores, recorded }: LimitTrial,
  limit: number,
): { count: number; isMore: boolean } {
  const count = above(scores, limit);
  return { count, isMore: count === scores.length && recorded > scores.length };
}

/** Ends of the slider: all recorded scores and both limits lie between them, and at the ends all or none are alarms. */
export function sliderRange({
  bins,
  limit = 0,
  calibrated = 0,
  recorded,
}: LimitTrial): [low: number, high: number] {
  const ends = recorded === 0 ? [] : [bins.low, bins.high];
  const [low, high] = [Math.min(limit, calibrated, ...ends), Math.max(limit, calibrated, ...ends)];
  const beyond = (high - low || 1) / 50;
  return [Math.max(0, low - beyond), high + beyond];
}

/** A number with four digits, as people write it. */
export const rounded = (value: number): number => Number(value.toPrecision(4));
