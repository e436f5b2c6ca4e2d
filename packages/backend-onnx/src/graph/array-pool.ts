import { type Data, type Dtype, newArray, type TypedArray } from './value.js';

// About two copies of a mid-sized network's training state. Arrays of lengths that were unused for longest go first.
const POOL_BYTES = 256 * 1024 * 1024;
const POOLED_LENGTH = 64;

const poolKey = (dtype: Dtype, length: number): string => `${dtype} ${length}`;

/** Arrays of former tensors, to which later outputs are written. */
export class ArrayPool {
  private readonly holders = new Map<Data, number>();
  private retired: Data[] = [];
  private readonly free = new Map<string, TypedArray[]>();
  private freeBytes = 0;

  /** Bytes of all arrays that wait for later tensors. */
  get bytes(): number {
    return this.freeBytes;
  }

  /** Counts a tensor that uses an array. */
  hold(data: Data): void {
    if (data.reusable) this.holders.set(data, (this.holders.get(data) ?? 0) + 1);
  }

  /** Counts off a tensor; the array of the last one is free after the next {@link refill}. */
  letGo(data: Data): void {
    const holders = this.holders.get(data);
    if (holders === undefined) return;
    if (holders > 1) {
      this.holders.set(data, holders - 1);
      return;
    }
    this.holders.delete(data);
    // Operators that are recorded but not run yet may still read it.
    if (data.reusable && data.array.length >= POOLED_LENGTH) this.retired.push(data);
  }

  /** Frees the arrays of former tensors; nothing that is recorded may read them any more. */
  refill(): void {
    for (const { array, dtype, reusable } of this.retired) {
      if (!reusable || array.byteLength > POOL_BYTES) continue;
      this.freeBytes += array.byteLength;
      const key = poolKey(dtype, array.length);
      const same = this.free.get(key) ?? [];
      same.push(array);
      this.free.delete(key); // lengths in use move to the end
      this.free.set(key, same);
    }
    this.retired = [];
    for (const [key, arrays] of this.free) {
      if (this.freeBytes <= POOL_BYTES) break;
      for (const { byteLength } of arrays) this.freeBytes -= byteLength;
      this.free.delete(key);
    }
  }

  /** A free array, with any content, or a new one. */
  allocate(dtype: Dtype, length: number): TypedArray {
    const pooled = length < POOLED_LENGTH ? undefined : this.free.get(poolKey(dtype, length))?.pop();
    if (pooled === undefined) return newArray(dtype, length);
    this.freeBytes -= pooled.byteLength;
    return pooled;
  }

  clear(): void {
    this.holders.clear();
    this.retired = [];
    this.free.clear();
    this.freeBytes = 0;
  }
}
