import * as z from 'zod';
import { settings } from './settings.js';

const warmup = 'share of the steps in which it rises';

/** @hidden */
export const scheduleSchema = z.discriminatedUnion('kind', [
  settings({
    /** Falls once, to `gamma` times the peak (UniAD: ×0.1 at 800 of 1000 epochs). */
    kind: z.literal('step'),
    /** Share of the steps after which it falls, in (0, 1]. */
    at: z.number().gt(0).max(1).describe('share of the steps after which it falls'),
    /** Factor by which it falls, in (0, 1]. */
    gamma: z.number().gt(0).max(1).describe('factor by which it falls'),
  }),
  settings({
    /** Linear warm-up, then a half cosine down to 0 (our decision). */
    kind: z.literal('cosine'),
    /** Share of the steps in which it rises, in [0, 1). */
    warmup: z.number().min(0).lt(1).describe(warmup),
  }),
  settings({
    /** PyTorch's OneCycleLR; see `oneCycle`. */
    kind: z.literal('one-cycle'),
    /** Share of the steps in which it rises, in (0, 1): PyTorch's `pct_start`. */
    warmup: z.number().gt(0).lt(1).describe(warmup),
    /** Peak over first rate. @defaultValue 25 */
    divFactor: z.number().gt(0).optional().describe('peak over first rate; without it: 25'),
    /** First over last rate. @defaultValue 10,000 */
    finalDivFactor: z.number().gt(0).optional().describe('first over last rate; without it: 10000'),
  }),
]);

/** Learning rate over a run, as a share of the peak rate: `step`, `cosine` or `one-cycle`. */
export type Schedule = z.infer<typeof scheduleSchema>;

/**
 * `lr·γ^⌊t/stepSize⌋`, t from 0.
 *
 * See the example of {@link learningRate}.
 *
 * @param options - `lr`: peak rate. `stepSize`: steps between two falls. `gamma`: factor of a fall.
 */
export function stepDecay(t: number, options: { lr: number; stepSize: number; gamma: number }): number {
  return options.lr * options.gamma ** Math.floor(t / options.stepSize);
}

/**
 * `lr·(t + 1)/W` for t < W, then `min + ½(lr − min)(1 + cos(π·min((t − W)/(T − W), 1)))`; t from 0.
 *
 * See the example of {@link learningRate}.
 *
 * @param options - `lr`: peak rate. `warmup`: W, steps in which it rises. `total`: T, all steps. `min`: last rate.
 */
export function warmupCosine(
  t: number,
  options: { lr: number; warmup: number; total: number; min: number },
): number {
  const { lr, warmup, total, min } = options;
  if (t < warmup) return (lr * (t + 1)) / warmup;
  return min + 0.5 * (lr - min) * (1 + Math.cos(Math.PI * Math.min((t - warmup) / (total - warmup), 1)));
}

/**
 * PyTorch's OneCycleLR with `anneal_strategy='cos'` (after Smith and Topin 2018): half a cosine from `lr/divFactor` up to
 * `lr` at step `warmup·total − 1`, which need not be whole, and another down to `lr/divFactor/finalDivFactor` at the last
 * step; t from 0.
 *
 * See the example of {@link learningRate}.
 *
 * @param options - `lr`: peak rate. `warmup`: share of the steps in which it rises. `total`: all steps. `divFactor`: peak over
 * first rate. `finalDivFactor`: first over last rate.
 */
export function oneCycle(
  t: number,
  options: { lr: number; warmup: number; total: number; divFactor: number; finalDivFactor: number },
): number {
  const { lr, warmup, total, divFactor, finalDivFactor } = options;
  const peak = warmup * total - 1;
  const [first, last] = [lr / divFactor, lr / divFactor / finalDivFactor];
  const cosine = (from: number, to: number, share: number) =>
    to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share));
  return t < peak ? cosine(first, lr, t / peak) : cosine(lr, last, (t - peak) / (total - 1 - peak));
}

/**
 * Learning rate of step `t` (from 0) of `total`.
 *
 * @param lr - Peak rate.
 *
 * @example
 * ```ts
 * import { learningRate, oneCycle, stepDecay, warmupCosine } from '@mint/trainer';
 *
 * const rates = [0, 1, 10, 19].map((t) => learningRate({ kind: 'cosine', warmup: 0.1 }, 1e-3, t, 20));
 * console.log(rates.map((rate) => rate.toFixed(6))); // [ '0.000500', '0.001000', '0.000587', '0.000008' ]
 * console.log(stepDecay(25, { lr: 1, stepSize: 10, gamma: 0.1 }).toFixed(3)); // 0.010
 * console.log(warmupCosine(20, { lr: 1, warmup: 2, total: 20, min: 0.1 })); // 0.1
 * console.log(oneCycle(0, { lr: 1, warmup: 0.3, total: 20, divFactor: 4, finalDivFactor: 1e4 })); // 0.25
 * ```
 */
export function learningRate(schedule: Schedule, lr: number, t: number, total: number): number {
  switch (schedule.kind) {
    case 'step': {
      const stepSize = Math.max(1, Math.ceil(schedule.at * total));
      return stepDecay(t, { lr, stepSize, gamma: schedule.gamma });
    }
    case 'cosine':
      return warmupCosine(t, { lr, warmup: Math.ceil(schedule.warmup * total), total, min: 0 });
    case 'one-cycle': {
      const { warmup, divFactor = 25, finalDivFactor = 1e4 } = schedule;
      return oneCycle(t, { lr, warmup, total, divFactor, finalDivFactor });
    }
  }
}
