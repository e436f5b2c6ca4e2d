// Inputs count too: they slow down compiling more than operators do, and 1 GB of inputs reaches the limit.
const OPERATORS_PER_INPUT = 4;
const BYTES_PER_OPERATOR = 64 * 1024;

/** How many operators a known tensor counts for. */
export const operatorsOfInput = (bytes: number): number => OPERATORS_PER_INPUT + bytes / BYTES_PER_OPERATOR;

const WINDOW = 64;
const BASE = 31;

let leaving = 1;
for (let i = 0; i < WINDOW; i++) leaving = Math.imul(leaving, BASE);

/**
 * Decides when a graph that nobody reads must run, so that it does not grow for ever.
 *
 * The first time, it must run when it has `limit` operators. After that it must run as soon as it has half as many and the
 * last kernels were the same as the first time: a loop is always cut at the same place of its body, so that its graphs are
 * equal and compile once.
 */
export class FlushPoints {
  private readonly limit: number;
  private readonly recent = new Int32Array(WINDOW);
  private calls = 0;
  /** Rolling hash of the last kernels, and what it was at the last cut. */
  private context = 0;
  private cut: number | undefined;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Notes a call of a kernel, before which `operators` are recorded. Returns whether they must run now. */
  due(kernel: number, operators: number): boolean {
    const at = this.calls++ % WINDOW;
    const gone = this.recent[at] as number;
    this.recent[at] = kernel;
    this.context = (Math.imul(this.context, BASE) + kernel - Math.imul(gone, leaving)) | 0;
    if (operators >= this.limit) {
      this.cut = this.context;
      return true;
    }
    return this.context === this.cut && operators >= this.limit / 2;
  }
}
