/** Random numbers that differ from step to step; see `createDropout` and `createNoise`. */
interface Pool<T> {
  step(step: number): T;
  dispose(): void;
}

/**
 * A layer's random numbers, other ones at each call. The pool is drawn when training begins: evaluation never pays
 * for it.
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
