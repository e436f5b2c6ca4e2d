import { assertInt, deriveSeed, MintError } from '@mint/internal';
import type { Sample } from '../types.js';

/**
 * Splits off a share of each class for calibration and for choosing hyper-parameters. The ids and the seed decide which samples go,
 * never their order; both parts keep the given order.
 *
 * @param fraction - Share of each class to hold out, in [0, 1). At least one sample of a class with two or
 * more is held out and at least one stays; a class with one sample keeps it. 0 holds nothing out.
 * @throws MintError `INVALID_ARGUMENT` when `fraction` or `seed` is out of range.
 *
 * @example
 * ```ts
 * import { proceduralDataset, splitHoldout } from '@mint/data';
 *
 * const normals = proceduralDataset({ trainPerClass: 10 }).samples.filter(({ split }) => split === 'train');
 * const { fit, holdout } = splitHoldout(normals, 0.2, 0);
 * console.log(fit.length, holdout.length); // 32 8
 * ```
 */
export function splitHoldout<T extends Pick<Sample, 'id' | 'className'>>(
  samples: readonly T[],
  fraction: number,
  seed: number,
): {
  /** Samples that stay. */
  fit: T[];
  /** Samples that are held out. */
  holdout: T[];
} {
  if (!(fraction >= 0 && fraction < 1)) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `splitHoldout: \`fraction\` must lie in [0, 1), got ${fraction}.`,
    );
  }
  assertInt('splitHoldout', 'seed', seed, Number.MIN_SAFE_INTEGER);
  const classes = new Map<string, { id: string; rank: number }[]>();
  for (const { id, className } of samples) {
    const members = classes.get(className) ?? [];
    members.push({ id, rank: deriveSeed(seed, 'holdout', id) });
    classes.set(className, members);
  }
  const held = new Set<string>();
  for (const members of classes.values()) {
    const wanted = Math.max(1, Math.round(fraction * members.length));
    const count = fraction === 0 ? 0 : Math.min(wanted, members.length - 1);
    members.sort((a, b) => a.rank - b.rank || (a.id < b.id ? -1 : 1));
    for (const { id } of members.slice(0, count)) held.add(id);
  }
  return {
    fit: samples.filter(({ id }) => !held.has(id)),
    holdout: samples.filter(({ id }) => held.has(id)),
  };
}
