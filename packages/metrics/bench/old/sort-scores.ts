/** Digits of the radix sort: three of 11 bits cover 32. */
const BITS = 11;
const BUCKETS = 1 << BITS;
const MASK = BUCKETS - 1;

/**
 * Sorts scores from high to low together with a payload.
 *
 * float32 scores go through a radix sort on their bits, which is linear and exact: subnormals, infinities and ties
 * keep their order, and −0 counts as 0. Other scores are compared as float64.
 *
 * @param payload - One unsigned integer a score; carried along.
 * @returns New arrays: scores (float64 view of each value) and payload, both in the sorted order.
 */
export function sortDescending(
  scores: ArrayLike<number>,
  payload: Uint32Array,
): { scores: Float32Array | Float64Array; payload: Uint32Array } {
  if (scores instanceof Float32Array) return radixDescending(scores, payload);
  const values = Float64Array.from(scores);
  const order = Uint32Array.from(values, (_, i) => i).sort((a, b) => (values[b] as number) - (values[a] as number) || a - b);
  return { scores: Float64Array.from(order, (i) => values[i] as number), payload: Uint32Array.from(order, (i) => payload[i] as number) };
}

function radixDescending(scores: Float32Array, payload: Uint32Array): { scores: Float32Array; payload: Uint32Array } {
  const n = scores.length;
  const floats = new Float32Array(n);
  // Adding 0 turns −0 into +0, whose bits differ although they are equal numbers.
  for (let i = 0; i < n; i++) floats[i] = (scores[i] as number) + 0;
  const keys = new Uint32Array(floats.buffer);
  const low = new Uint32Array(BUCKETS);
  const middle = new Uint32Array(BUCKETS);
  const high = new Uint32Array(BUCKETS);
  for (let i = 0; i < n; i++) {
    const bits = keys[i] as number;
    // Order-preserving for ascending scores: negative numbers are inverted, positive ones get the top bit.
    // The complement of that sorts from high to low.
    const key = bits & 0x80000000 ? bits : ~bits & 0x7fffffff;
    keys[i] = key;
    low[key & MASK] = (low[key & MASK] as number) + 1;
    middle[(key >>> BITS) & MASK] = (middle[(key >>> BITS) & MASK] as number) + 1;
    high[key >>> (2 * BITS)] = (high[key >>> (2 * BITS)] as number) + 1;
  }
  const spareKeys = new Uint32Array(n);
  const [values, spareValues] = [new Uint32Array(n), new Uint32Array(n)];
  scatter(keys, payload, spareKeys, values, low, 0);
  scatter(spareKeys, values, keys, spareValues, middle, BITS);
  scatter(keys, spareValues, spareKeys, values, high, 2 * BITS);
  for (let i = 0; i < n; i++) {
    const key = spareKeys[i] as number;
    spareKeys[i] = key & 0x80000000 ? key : ~key & 0x7fffffff;
  }
  return { scores: new Float32Array(spareKeys.buffer), payload: values };
}

/** One stable pass over one digit; `counts` holds how often each digit occurs and is used up. */
function scatter(
  keys: Uint32Array,
  values: Uint32Array,
  outKeys: Uint32Array,
  outValues: Uint32Array,
  counts: Uint32Array,
  shift: number,
): void {
  let start = 0;
  for (let b = 0; b < BUCKETS; b++) {
    const size = counts[b] as number;
    counts[b] = start;
    start += size;
  }
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as number;
    const bucket = (key >>> shift) & MASK;
    const at = counts[bucket] as number;
    counts[bucket] = at + 1;
    outKeys[at] = key;
    outValues[at] = values[i] as number;
  }
}
