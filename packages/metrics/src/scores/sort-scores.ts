/** Digits of the radix sort: three of 11 bits cover 32. */
const BITS = 11;
const BUCKETS = 1 << BITS;
const MASK = BUCKETS - 1;

type Scores = Float32Array | Float64Array;

/** Scores of both kinds of samples; from high to low once they are sorted. −0 counts as 0. */
export interface SortedScores<T extends Scores = Scores> {
  /** Scores of normal samples. */
  readonly negatives: T;
  /** Scores of anomalous samples. */
  readonly positives: T;
  /** The payload of each of `positives`; empty when it was not requested. */
  readonly payload: Int32Array;
}

/**
 * Sorts the scores of normal and of anomalous samples, each kind by itself: a ranking needs only the positions of one kind
 * among the other, and most samples are then sorted without their payload.
 *
 * @param kinds - 0 for a normal sample; anything else is the payload of an anomalous one.
 * @param keepPayload - Whether the payload is needed.
 */
export function sortByKind(
  scores: ArrayLike<number>,
  kinds: ArrayLike<number>,
  keepPayload: boolean,
): SortedScores {
  return sortKinds(splitKinds(scores, kinds, keepPayload));
}

/** Copies the scores of each kind to an array of its own, in their order. Arguments as {@link sortByKind}. */
export function splitKinds(
  scores: Float32Array,
  kinds: ArrayLike<number>,
  keepPayload: boolean,
): SortedScores<Float32Array>;
export function splitKinds(
  scores: ArrayLike<number>,
  kinds: ArrayLike<number>,
  keepPayload: boolean,
): SortedScores;
export function splitKinds(
  scores: ArrayLike<number>,
  kinds: ArrayLike<number>,
  keepPayload: boolean,
): SortedScores {
  const n = scores.length;
  let count = 0;
  for (let i = 0; i < n; i++) if (kinds[i] !== 0) count++;
  const Kind = scores instanceof Float32Array ? Float32Array : Float64Array;
  const negatives = new Kind(n - count);
  const positives = new Kind(count);
  const payload = new Int32Array(keepPayload ? count : 0);
  for (let i = 0, p = 0; i < n; i++) {
    // Adding 0 turns −0 into +0, whose bits differ although they are equal numbers.
    const score = (scores[i] as number) + 0;
    if (kinds[i] === 0) negatives[i - p] = score;
    else {
      positives[p] = score;
      if (keepPayload) payload[p] = kinds[i] as number;
      p++;
    }
  }
  return { negatives, positives, payload };
}

/**
 * Sorts each kind from high to low; the arrays are used up.
 *
 * float32 scores go through a radix sort on their bits, which is linear and exact for subnormals, infinities and ties.
 * Other scores are compared as float64.
 */
export function sortKinds({ negatives, positives, payload }: SortedScores): SortedScores {
  const sorted = sortWithPayload(positives, payload);
  return { negatives: sortAlone(negatives), positives: sorted.scores, payload: sorted.payload };
}

function sortAlone(scores: Scores): Scores {
  return scores instanceof Float32Array ? radixSort(scores, NOTHING).scores : scores.sort().reverse();
}

const NOTHING = new Int32Array(0);

function sortWithPayload(positives: Scores, payload: Int32Array): { scores: Scores; payload: Int32Array } {
  if (positives instanceof Float32Array) return radixSort(positives, payload);
  if (payload.length === 0) return { scores: sortAlone(positives), payload };
  // Infinities of one sign differ by NaN, which sorts like 0.
  const order = Uint32Array.from(positives, (_, i) => i).sort(
    (a, b) => (positives[b] as number) - (positives[a] as number),
  );
  return {
    scores: Float64Array.from(order, (i) => positives[i] as number),
    payload: Int32Array.from(order, (i) => payload[i] as number),
  };
}

function radixSort(floats: Float32Array, payload: Int32Array): { scores: Float32Array; payload: Int32Array } {
  const n = floats.length;
  const keys = new Uint32Array(floats.buffer, floats.byteOffset, n);
  const low = new Uint32Array(BUCKETS);
  const middle = new Uint32Array(BUCKETS);
  const high = new Uint32Array(BUCKETS);
  for (let i = 0; i < n; i++) {
    const key = flipBits(keys[i] as number);
    keys[i] = key;
    low[key & MASK] = (low[key & MASK] as number) + 1;
    middle[(key >>> BITS) & MASK] = (middle[(key >>> BITS) & MASK] as number) + 1;
    high[key >>> (2 * BITS)] = (high[key >>> (2 * BITS)] as number) + 1;
  }
  const spareKeys = new Uint32Array(n);
  const sparePayload = new Int32Array(payload.length);
  const pass = payload.length === 0 ? scatter : scatterBoth;
  pass(keys, spareKeys, low, 0, payload, sparePayload);
  pass(spareKeys, keys, middle, BITS, sparePayload, payload);
  pass(keys, spareKeys, high, 2 * BITS, payload, sparePayload);
  for (let i = 0; i < n; i++) spareKeys[i] = flipBits(spareKeys[i] as number);
  return { scores: new Float32Array(spareKeys.buffer), payload: sparePayload };
}

/**
 * Bits of a float32 to a key whose unsigned order is the scores' order from high to low, and back: the bits of
 * non-negative numbers grow with them, so these are inverted below the sign; those of negative numbers grow as they fall.
 */
export function flipBits(bits: number): number {
  return bits & 0x80000000 ? bits : ~bits & 0x7fffffff;
}

/** Turns the counts of each digit into the place of its first element. */
function toStarts(counts: Uint32Array): void {
  let start = 0;
  for (let b = 0; b < BUCKETS; b++) {
    const size = counts[b] as number;
    counts[b] = start;
    start += size;
  }
}

/** One stable pass over one digit; `counts` holds how often each digit occurs and is used up. */
function scatter(keys: Uint32Array, outKeys: Uint32Array, counts: Uint32Array, shift: number): void {
  toStarts(counts);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as number;
    const bucket = (key >>> shift) & MASK;
    const at = counts[bucket] as number;
    counts[bucket] = at + 1;
    outKeys[at] = key;
  }
}

/** The same with a payload. */
function scatterBoth(
  keys: Uint32Array,
  outKeys: Uint32Array,
  counts: Uint32Array,
  shift: number,
  values: Int32Array,
  outValues: Int32Array,
): void {
  toStarts(counts);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as number;
    const bucket = (key >>> shift) & MASK;
    const at = counts[bucket] as number;
    counts[bucket] = at + 1;
    outKeys[at] = key;
    outValues[at] = values[i] as number;
  }
}
