/** Learning rate over a run, as a share of the peak rate. */
export type Schedule =
  /** ×`gamma` once, after `at` of all steps (UniAD: ×0.1 at 800 of 1000 epochs). */
  | { readonly kind: 'step'; readonly at: number; readonly gamma: number }
  /** Linear warm-up over the share `warmup` of all steps, then a half cosine down to 0 (our decision). */
  | { readonly kind: 'cosine'; readonly warmup: number };

/** `lr·γ^⌊t/size⌋`, t from 0. */
export function stepDecay(t: number, options: { lr: number; stepSize: number; gamma: number }): number {
  return options.lr * options.gamma ** Math.floor(t / options.stepSize);
}

/** `lr·(t + 1)/W` for t < W, then `min + ½(lr − min)(1 + cos(π·min((t − W)/(T − W), 1)))`; t from 0. */
export function warmupCosine(
  t: number,
  options: { lr: number; warmup: number; total: number; min: number },
): number {
  const { lr, warmup, total, min } = options;
  if (t < warmup) return (lr * (t + 1)) / warmup;
  return min + 0.5 * (lr - min) * (1 + Math.cos(Math.PI * Math.min((t - warmup) / (total - warmup), 1)));
}

/** Learning rate of step `t` (from 0) of `total`. */
export function learningRate(schedule: Schedule, lr: number, t: number, total: number): number {
  if (schedule.kind === 'step') {
    return stepDecay(t, { lr, stepSize: Math.max(1, Math.ceil(schedule.at * total)), gamma: schedule.gamma });
  }
  return warmupCosine(t, { lr, warmup: Math.ceil(schedule.warmup * total), total, min: 0 });
}
