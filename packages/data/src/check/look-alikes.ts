import { groups } from '../groups.js';
import type { Seen } from './seen.js';
import { isLikeIn } from './statistics.js';

/** With fewer images of a class nothing can be said. */
const FEWEST = 3;
/** More images of a class say nothing new. */
const MOST = 50;
/** How much less like images of the other class may be than images of their own, as a correlation. */
const MARGIN = 0.1;

/**
 * Pairs of classes that may be one product: alike in colour and contrast, and an image of one is as like to the nearest of the other
 * as to the nearest of its own class.
 */
export function lookAlikes(seen: readonly Seen[]): [string, string][] {
  const classes = groups(seen, ({ sample }) => sample.className)
    .map((group) => group.filter(({ fingerprint }) => fingerprint !== undefined).slice(0, MOST))
    .filter((group) => group.length >= FEWEST);
  return classes.flatMap((a, i) =>
    classes
      .slice(i + 1)
      .filter((b) => isLikeIn(a, b) && isNearTo(a, b) && isNearTo(b, a))
      .map((b): [string, string] => [nameOf(a), nameOf(b)]),
  );
}

const nameOf = ([first]: readonly Seen[]): string => first?.sample.className ?? '';

function isNearTo(from: readonly Seen[], to: readonly Seen[]): boolean {
  const nearest = (one: Seen, among: readonly Seen[]) =>
    Math.max(...among.filter((other) => other !== one).map((other) => correlation(one, other)));
  const drops = from.map((one) => nearest(one, from) - nearest(one, to)).sort((a, b) => a - b);
  return (drops[drops.length >> 1] ?? 1) <= MARGIN;
}

/** Fingerprints have mean 0 and length 1. */
function correlation({ fingerprint: a }: Seen, { fingerprint: b }: Seen): number {
  return a?.reduce((sum, value, i) => sum + value * (b?.[i] ?? 0), 0) ?? 0;
}
