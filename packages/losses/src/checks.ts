import { formatShape, MintError } from '@mint/internal';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Throws `SHAPE_MISMATCH`, which names both shapes, unless the two tensors have the same shape. */
export function assertSameShape(
  who: string,
  [nameA, a]: [string, Tensor],
  [nameB, b]: [string, Tensor],
): void {
  if (a.shape.join() !== b.shape.join()) {
    throw new MintError(
      'SHAPE_MISMATCH',
      `${who}: \`${nameA}\` and \`${nameB}\` must have the same shape, got ${formatShape(a.shape)} and ${formatShape(b.shape)}.`,
    );
  }
}
