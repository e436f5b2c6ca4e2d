/** Number of batches whose times are kept: enough for percentiles, however long a watcher runs. */
const KEPT = 10_000;

/** Measures how long batches take, from the earliest moment work on them could begin until their decisions. */
export class Latency {
  #first = 0;
  #last = 0;
  #images = 0;
  #busy = 0;
  readonly #times: number[] = [];

  /**
   * Records a batch whose decisions have just been made.
   *
   * @param began - When reading it began, as of `performance.now()`. Time in which the batch before was still computed does not
   * count.
   */
  add(images: number, began: number): void {
    const now = performance.now();
    const time = now - Math.max(began, this.#last);
    this.#last = now;
    this.#busy += time;
    this.#images += images;
    if (this.#first === 0) this.#first = time;
    else this.#times.push(time);
    if (this.#times.length > KEPT) this.#times.shift();
  }

  /** One line for users. The first batch compiles the network, so its time is shown separately. */
  summary(batchSize: number): string {
    if (this.#images === 0) return 'no images';
    const rate = this.#images / (this.#busy / 1000);
    const ms = (value: number) => `${value.toFixed(value < 100 ? 1 : 0)} ms`;
    const unit = batchSize === 1 ? 'per image' : `per batch of up to ${batchSize}`;
    const later = [0.5, 0.95].map((share) => `p${100 * share} ${ms(percentile(this.#times, share))}`);
    const times = [`first ${ms(this.#first)}`, ...(this.#times.length === 0 ? [] : later)];
    return `${this.#images} images, ${rate.toPrecision(3)} per second; ${unit}: ${times.join(', ')}`;
  }
}

/** The smallest of `values` that at least a share of them does not exceed (nearest rank). */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
