import { createDropout, type DropoutSource } from './random-pool.js';

/** Random numbers that differ from step to step; see `createDropout` and `createNoise`. */
interface Pool<T> {
  step(step: number): T;
  dispose(): void;
}

/**
 * A layer's random numbers, fresh ones at each call. The pool is drawn at the first call: a layer that is only evaluated
 * never pays for it.
 */
export function onDemand<T>(create: () => Pool<T>): { next(): T; dispose(): void } {
  let pool: Pool<T> | undefined;
  let step = 0;
  return {
    next: () => {
      pool ??= create();
      return pool.step(step++);
    },
    dispose: () => {
      pool?.dispose();
      pool = undefined;
    },
  };
}

/** A layer's dropout masks: fresh ones at each training call, none in evaluation. */
export function layerDropout({ dropout, seed }: { readonly dropout: number; readonly seed: number }) {
  const pool = onDemand(() => createDropout(dropout, seed));
  return {
    next: (training = false): DropoutSource | undefined =>
      training && dropout > 0 ? pool.next() : undefined,
    dispose: () => pool.dispose(),
  };
}
