/** Batches whose times are kept: enough for percentiles, however long a watcher runs. */
const KEPT = 10_000;

/** How long batches take, from when work on them could begin to their decisions. */
export class Latency {
  #first = 0;
  #last = 0;
  #images = 0;
  #busy = 0;
  readonly #times: number[] = [];

  /**
   * Notes a batch whose decisions are there now.
   *
   * @param began - When reading it began, as of `performance.now()`. Reading beside the batch before does not count.
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

  /** One line. The first batch compiles the network and is told apart. */
  summary(batchSize: number): string {
    if (this.#images === 0) return 'no images';
    const rate = this.#images / (this.#busy / 1000);
    const ms = (value: number) => `${value.toFixed(value < 100 ? 1 : 0)} ms`;
    const unit = batchSize === 1 ? 'an image' : `a batch of up to ${batchSize}`;
    const later = [0.5, 0.95].map((share) => `p${100 * share} ${ms(percentile(this.#times, share))}`);
    const times = [`the first ${ms(this.#first)}`, ...(this.#times.length === 0 ? [] : later)];
    return `${this.#images} images, ${rate.toPrecision(3)} a second; ${unit}: ${times.join(', ')}`;
  }
}

/** The smallest of `values` that a share of them does not exceed (nearest rank). */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
