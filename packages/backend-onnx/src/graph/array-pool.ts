import { type Data, type Dtype, newArray, type TypedArray } from './value.js';

// About two copies of a mid-sized network's training state. Arrays of lengths that were unused for longest go first.
const POOL_BYTES = 256 * 1024 * 1024;
const POOLED_LENGTH = 64;

/** Free arrays of one type and length. */
interface Shelf {
  arrays: TypedArray[];
  lastUse: number;
}

/** Arrays of former tensors, to which later outputs are written. */
export class ArrayPool {
  private retired: Data[] = [];
  private readonly shelves: Record<Dtype, Map<number, Shelf>> = {
    float32: new Map(),
    int32: new Map(),
    bool: new Map(),
    int64: new Map(),
    float64: new Map(),
    int8: new Map(),
    uint8: new Map(),
  };
  private freeBytes = 0;
  private uses = 0;

  /** Bytes of all arrays that wait for later tensors. */
  get bytes(): number {
    return this.freeBytes;
  }

  /** Counts a tensor that uses an array. */
  hold(data: Data): void {
    if (data.reusable) data.holders++;
  }

  /** Counts off a tensor; the array of the last one is free after the next {@link refill}. */
  letGo(data: Data): void {
    if (data.holders === 0) return;
    data.holders--;
    // Operators that are recorded but not run yet may still read it.
    if (data.holders === 0 && data.reusable && data.array.length >= POOLED_LENGTH) this.retired.push(data);
  }

  /** Frees the arrays of former tensors; nothing that is recorded may read them any more. */
  refill(): void {
    if (this.retired.length === 0) return;
    for (const { array, dtype, reusable } of this.retired) {
      if (!reusable || array.byteLength > POOL_BYTES) continue;
      this.freeBytes += array.byteLength;
      const shelf = this.shelves[dtype].get(array.length);
      if (shelf === undefined)
        this.shelves[dtype].set(array.length, { arrays: [array], lastUse: this.uses++ });
      else {
        shelf.arrays.push(array);
        shelf.lastUse = this.uses++;
      }
    }
    this.retired = [];
    while (this.freeBytes > POOL_BYTES) this.clearOldest();
  }

  /** A free array, with any content, or a new one. */
  allocate(dtype: Dtype, length: number): TypedArray {
    const pooled = length < POOLED_LENGTH ? undefined : this.shelves[dtype].get(length)?.arrays.pop();
    if (pooled === undefined) return newArray(dtype, length);
    this.freeBytes -= pooled.byteLength;
    return pooled;
  }

  clear(): void {
    this.retired = [];
    for (const shelves of Object.values(this.shelves)) shelves.clear();
    this.freeBytes = 0;
  }

  private clearOldest(): void {
    let oldest: { of: Map<number, Shelf>; length: number; shelf: Shelf } | undefined;
    for (const of of Object.values(this.shelves)) {
      for (const [length, shelf] of of)
        if (oldest === undefined || shelf.lastUse < oldest.shelf.lastUse) oldest = { of, length, shelf };
    }
    if (oldest === undefined) return;
    for (const { byteLength } of oldest.shelf.arrays) this.freeBytes -= byteLength;
    oldest.of.delete(oldest.length);
  }
}
