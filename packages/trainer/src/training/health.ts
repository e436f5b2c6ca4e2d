import { totalmem } from 'node:os';
import * as tf from '@tensorflow/tfjs-core';

/** Steps over which losses and tensor counts are taken together. */
const WINDOW = 50;
/** Consecutive windows that lead to a warning: 200 steps. */
const PATIENCE = 4;

/** Level and spread of the losses of a window. */
interface Level {
  readonly median: number;
  /** From the 10 % quantile to the 90 % quantile. */
  readonly spread: number;
}

/**
 * Watches a loss for divergence. The rule is our decision: the median of each window of 50 steps is compared with the lowest
 * median so far, and a window is *far above* it when the difference is more than all of
 *
 * - half of the gain since the first window,
 * - half of the lowest median's magnitude,
 * - twice the spread (10 % to 90 %) of single losses in the lowest window.
 *
 * Four consecutive windows far above it are a divergence. Bounds on gain and spread work for losses of any sign and scale, and
 * medians ignore single outliers.
 *
 * @returns A function that takes the loss of each step and is true at the step that completes a divergence: once,
 * until the loss has come back.
 */
export function createDivergenceWatch(): (loss: number) => boolean {
  let losses: number[] = [];
  let [first, best]: (Level | undefined)[] = [];
  let farAbove = 0;
  return (loss) => {
    losses.push(loss);
    if (losses.length < WINDOW) return false;
    const level = levelOf(losses);
    losses = [];
    first ??= level;
    if (best === undefined || level.median < best.median) best = level;
    const limit = Math.max((first.median - best.median) / 2, Math.abs(best.median) / 2, 2 * best.spread);
    farAbove = level.median - best.median > limit ? farAbove + 1 : 0;
    return farAbove === PATIENCE;
  };
}

function levelOf(losses: readonly number[]): Level {
  const sorted = losses.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
  return { median: at(0.5), spread: at(0.9) - at(0.1) };
}

/**
 * Watches the number of tensors for a leak: the minimum of each window of 50 steps rises four times in succession. Tensors that
 * an evaluation holds for some steps do not count.
 *
 * @returns A function that takes the number after each step and returns the number from which a leak began, at the step that
 * proves it: once, until the number stops growing.
 */
export function createLeakWatch(): (tensors: number) => number | undefined {
  let [steps, fewest] = [0, Number.POSITIVE_INFINITY];
  let lows: number[] = [];
  return (tensors) => {
    steps += 1;
    fewest = Math.min(fewest, tensors);
    if (steps % WINDOW > 0) return undefined;
    lows = fewest > (lows.at(-1) ?? Number.POSITIVE_INFINITY) ? [...lows, fewest] : [fewest];
    fewest = Number.POSITIVE_INFINITY;
    return lows.length === PATIENCE + 1 ? lows[0] : undefined;
  };
}

/**
 * Watches a run: warns of a diverging loss and of leaking tensors, and checks the memory.
 *
 * @param losses - Losses of earlier steps, when the run goes on.
 * @returns A function to call after each step; returns the reason why the run must stop, if there is one.
 */
export function watchHealth(
  losses: readonly number[],
  memoryLimit: number = defaultMemoryLimit(),
  onWarning: (message: string) => void = () => undefined,
): (step: number, loss: number) => string | undefined {
  const [diverges, leaks] = [createDivergenceWatch(), createLeakWatch()];
  for (const loss of losses) diverges(loss);
  return (step, loss) => {
    if (diverges(loss)) {
      onWarning(
        `step ${step}: the loss (${loss.toPrecision(4)}) has been far above its lowest for ${WINDOW * PATIENCE} steps; a lower learning rate or clipNorm may be needed.`,
      );
    }
    const { numTensors } = tf.memory();
    const from = leaks(numTensors);
    if (from !== undefined) {
      onWarning(
        `step ${step}: the number of tensors grows, ${from} to ${numTensors} in ${WINDOW * PATIENCE} steps; whatever runs beside the steps (onStep?) must dispose what it makes.`,
      );
    }
    const rss = process.memoryUsage.rss();
    return rss <= memoryLimit
      ? undefined
      : `step ${step}: the process takes ${gigabytes(rss)}, its limit (memoryLimit) is ${gigabytes(memoryLimit)}, with ${numTensors} tensors in ${gigabytes(tf.memory().numBytes)}`;
  };
}

const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GiB`;

/** Nine tenths of the memory that this process may use, in bytes: of the container's limit, or of the machine's memory. */
export function defaultMemoryLimit(): number {
  const constrained = process.constrainedMemory() ?? 0;
  return Math.floor(0.9 * Math.min(totalmem(), constrained > 0 ? constrained : Number.POSITIVE_INFINITY));
}
