import { readFileSync } from 'node:fs';
import { testBedPath } from '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';

/** Runs of values that were picked from each map of a network with its real weights. */
type Run = 'first8' | 'mid8' | 'last4';
type Picked = { readonly std: number } & Readonly<Record<Run, readonly number[]>>;

/** What a network with its real weights must compute for one image of waves. */
export interface GoldenPicks {
  /** `[1, side, side, 3]`. */
  readonly images: tf.Tensor4D;
  /**
   * Furthest difference from the picked values, in deviations of the map.
   *
   * @param values - The map, flat.
   * @param starts - Where each run begins in it.
   */
  furthest(map: string, values: ArrayLike<number>, starts: Readonly<Partial<Record<Run, number>>>): number;
}

export function goldenPicks(model: string): GoldenPicks {
  const golden = JSON.parse(readFileSync(testBedPath('weights/vit_resnet_golden.json'), 'utf8'));
  const { N: side, ...maps }: { N: number } & Record<string, unknown> = golden.models[model];
  const at = (_: unknown, i: number) => {
    const [c, column, row] = [i % 3, Math.floor(i / 3) % side, Math.floor(i / (3 * side))];
    return Math.sin(0.1 * (37 * c + 3 * row + 5 * column));
  };
  return {
    images: tf.tensor4d(Float32Array.from({ length: side * side * 3 }, at), [1, side, side, 3]),
    furthest(map, values, starts) {
      const picked = maps[map] as Picked;
      const differences = (Object.keys(starts) as Run[]).flatMap((run) =>
        picked[run].map((value, k) => Math.abs((values[(starts[run] ?? 0) + k] ?? Number.NaN) - value)),
      );
      return Math.max(...differences) / picked.std;
    },
  };
}
