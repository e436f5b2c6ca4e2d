/** Digits of the radix sort: three of 11 bits cover 32. */
const BITS = 11;
const BUCKETS = 1 << BITS;
const MASK = BUCKETS - 1;

/** Scores from high to low, each with its payload. */
export interface SortedScores {
  readonly scores: Float32Array | Float64Array;
  readonly payload: Int32Array;
}

/**
 * Sorts scores from high to low together with a payload. −0 counts as 0.
 *
 * float32 scores go through a radix sort on their bits, which is linear and exact for subnormals, infinities and ties.
 * Other scores are compared as float64.
 *
 * @param payload - One integer a score; its array is used up as scratch memory.
 */
export function sortDescending(scores: ArrayLike<number>, payload: Int32Array): SortedScores {
  if (scores instanceof Float32Array) return radixDescending(scores, payload);
  const values = Float64Array.from(scores, (score) => score + 0);
  // Infinities of one sign differ by NaN, which sorts like 0.
  const order = Uint32Array.from(values, (_, i) => i).sort(
    (a, b) => (values[b] as number) - (values[a] as number),
  );
  return {
    scores: Float64Array.from(order, (i) => values[i] as number),
    payload: Int32Array.from(order, (i) => payload[i] as number),
  };
}

function radixDescending(scores: Float32Array, payload: Int32Array): SortedScores {
  const n = scores.length;
  const floats = new Float32Array(n);
  // Adding 0 turns −0 into +0, whose bits differ although they are equal numbers.
  for (let i = 0; i < n; i++) floats[i] = (scores[i] as number) + 0;
  const keys = new Uint32Array(floats.buffer);
  const low = new Uint32Array(BUCKETS);
  const middle = new Uint32Array(BUCKETS);
  const high = new Uint32Array(BUCKETS);
  for (let i = 0; i < n; i++) {
    const key = flip(keys[i] as number);
    keys[i] = key;
    low[key & MASK] = (low[key & MASK] as number) + 1;
    middle[(key >>> BITS) & MASK] = (middle[(key >>> BITS) & MASK] as number) + 1;
    high[key >>> (2 * BITS)] = (high[key >>> (2 * BITS)] as number) + 1;
  }
  const spareKeys = new Uint32Array(n);
  const sparePayload = new Int32Array(n);
  scatter(keys, payload, spareKeys, sparePayload, low, 0);
  scatter(spareKeys, sparePayload, keys, payload, middle, BITS);
  scatter(keys, payload, spareKeys, sparePayload, high, 2 * BITS);
  for (let i = 0; i < n; i++) spareKeys[i] = flip(spareKeys[i] as number);
  return { scores: new Float32Array(spareKeys.buffer), payload: sparePayload };
}

/**
 * Bits of a float32 to a key whose unsigned order is the scores' order from high to low, and back: the bits of
 * non-negative numbers grow with them, so these are inverted below the sign; those of negative numbers grow as they fall.
 */
function flip(bits: number): number {
  return bits & 0x80000000 ? bits : ~bits & 0x7fffffff;
}

/** One stable pass over one digit; `counts` holds how often each digit occurs and is used up. */
function scatter(
  keys: Uint32Array,
  values: Int32Array,
  outKeys: Uint32Array,
  outValues: Int32Array,
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
