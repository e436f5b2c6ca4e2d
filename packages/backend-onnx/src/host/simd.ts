/**
 * A product of matrices in WebAssembly with SIMD, assembled here: JavaScript has no vectors of its own, and multiplies at an
 * eighth of the speed.
 */

type Code = readonly (number | Code)[];

const I32 = 0x7f;
const V128 = 0x7b;

/** LEB128, signed: a small unsigned number has the same bytes while it is below 64. */
function leb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const byte = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && byte < 64) || (rest === -1 && byte >= 64)) return [...bytes, byte];
    bytes.push(byte | 0x80);
  }
}

/** LEB128, unsigned. */
const length = (value: number): number[] =>
  value < 128 ? [value] : [(value & 0x7f) | 0x80, ...length(value >>> 7)];

const flat = (code: Code): number[] =>
  code.flatMap((part) => (typeof part === 'number' ? [part] : flat(part)));
const sized = (code: Code): Code => {
  const bytes = flat(code);
  return [length(bytes.length), bytes];
};
const section = (id: number, ...content: Code): Code => [id, sized(content)];

const get = (local: number): Code => [0x20, length(local)];
const set = (local: number): Code => [0x21, length(local)];
const constant = (value: number): Code => [0x41, leb(value)];
const ADD = 0x6a;
const MULTIPLY = 0x6c;
const LESS_UNSIGNED = 0x49;
const NOT_LESS_UNSIGNED = 0x4f;
const increase = (local: number, by: Code): Code => [get(local), by, ADD, set(local)];
/** Repeats a body while a condition holds after it. */
const repeat = (body: Code, condition: Code): Code => [0x03, 0x40, body, condition, 0x0d, 0, 0x0b];
const when = (condition: Code, body: Code): Code => [condition, 0x04, 0x40, body, 0x0b];

const simd = (code: number): Code => [0xfd, length(code)];
const MEMORY = [2, 0]; // aligned to 4 bytes, from the address itself
const load = (address: Code, offset = 0): Code => [address, simd(0), 2, length(offset)];
const loadSplat = (address: Code): Code => [address, simd(9), MEMORY];
const store = (address: Code, value: Code, offset: number): Code => [
  address,
  value,
  simd(11),
  2,
  length(offset),
];
const ZERO: Code = [simd(12), Array<number>(16).fill(0)];
const ADD_FLOATS = simd(0xe4);
const MULTIPLY_FLOATS = simd(0xe6);

// Parameters, then locals of the function.
const [A, B, Y, ROWS, INNER, STRIDE] = [0, 1, 2, 3, 4, 5];
const [COLUMN, K, FROM_B, TO, INNER_BYTES] = [6, 7, 8, 9, 10];
const FROM_A = 11; // one for each row of a block
const VECTORS = 15; // sums, then factors
const MOST_SUMS = 8;

/** Computes blocks of `rows` × 4 · `vectors` elements, along `rows` whole rows of the result. */
function band(rows: number, vectors: number): Code {
  const each = <T>(count: number, make: (i: number) => T): T[] =>
    Array.from({ length: count }, (_, i) => make(i));
  const sum = (row: number, vector: number): number => VECTORS + row * vectors + vector;
  const factor = (vector: number): number => VECTORS + MOST_SUMS + vector;
  const splat = VECTORS + MOST_SUMS + vectors;
  const step: Code = [
    each(vectors, (v) => [load(get(FROM_B), 16 * v), set(factor(v))]),
    each(rows, (row) => [
      loadSplat(get(FROM_A + row)),
      set(splat),
      increase(FROM_A + row, constant(4)),
      each(vectors, (v) => [
        [get(sum(row, v)), get(splat), get(factor(v)), MULTIPLY_FLOATS, ADD_FLOATS],
        set(sum(row, v)),
      ]),
    ]),
    increase(FROM_B, get(STRIDE)),
    increase(K, constant(-1)),
  ];
  const block: Code = [
    [get(A), set(FROM_A)],
    each(rows - 1, (row) => [get(FROM_A + row), get(INNER_BYTES), ADD, set(FROM_A + row + 1)]),
    [get(B), get(COLUMN), ADD, set(FROM_B)],
    [get(Y), get(COLUMN), ADD, set(TO)],
    each(rows * vectors, (i) => [ZERO, set(VECTORS + i)]),
    [get(INNER), set(K)],
    repeat(step, get(K)),
    each(rows, (row) => [
      each(vectors, (v) => store(get(TO), get(sum(row, v)), 16 * v)),
      increase(TO, get(STRIDE)),
    ]),
    increase(COLUMN, constant(16 * vectors)),
  ];
  return [
    [constant(0), set(COLUMN)],
    repeat(block, [get(COLUMN), get(STRIDE), LESS_UNSIGNED]),
    [get(A), get(INNER_BYTES), constant(rows), MULTIPLY, ADD, set(A)],
    [get(Y), get(STRIDE), constant(rows), MULTIPLY, ADD, set(Y)],
    increase(ROWS, constant(-rows)),
  ];
}

function assemble(): Uint8Array<ArrayBuffer> {
  const parameters = Array<number>(6).fill(I32);
  const locals = [2, length(VECTORS - parameters.length), I32, length(MOST_SUMS + 5), V128];
  const atLeast = (rows: number): Code => [get(ROWS), constant(rows), NOT_LESS_UNSIGNED];
  const bands = (rows: number, vectors: number): Code =>
    when(atLeast(rows), repeat(band(rows, vectors), atLeast(rows)));
  const body: Code = [
    locals,
    [get(INNER), constant(4), MULTIPLY, set(INNER_BYTES)],
    bands(4, 2),
    bands(1, 4),
    0x0b,
  ];
  const name = (text: string): Code => sized([...Buffer.from(text)]);
  return Uint8Array.from(
    flat([
      [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(1, 1, 0x60, length(parameters.length), parameters, 0),
      section(2, 1, name('host'), name('memory'), 2, 0, 1),
      section(3, 1, 0),
      section(7, 1, name('product'), 0, 0),
      section(10, 1, sized(body)),
    ]),
  );
}

/** Columns of `b` and `y` are a multiple of this; those beyond the matrix hold anything. */
export const COLUMN_BLOCK = 16;

const PAGE = 65_536;

/** Floats in memory, which grows with what is asked for. */
export interface Simd {
  /** The memory, with at least this many floats. The array is another one after it has grown. */
  readonly floats: (length: number) => Float32Array;
  /**
   * Computes y = a · b, all of them row by row from the given places in memory, in floats. `columns` is a multiple of
   * {@link COLUMN_BLOCK}; `inner` and `rows` are ≥ 1.
   */
  readonly product: (a: number, b: number, y: number, rows: number, inner: number, columns: number) => void;
}

function compile(): Simd {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(assemble()), { host: { memory } });
  const product = instance.exports.product as (...numbers: number[]) => void;
  let floats = new Float32Array(memory.buffer);
  return {
    floats: (wanted) => {
      if (wanted > floats.length) {
        memory.grow(Math.ceil(((wanted - floats.length) * 4) / PAGE));
        floats = new Float32Array(memory.buffer);
      }
      return floats;
    },
    product: (a, b, y, rows, inner, columns) => {
      product(4 * a, 4 * b, 4 * y, rows, inner, 4 * columns);
    },
  };
}

let compiled: Simd | undefined;

/** Compiles the function at the first call. */
export const simdProducts = (): Simd => {
  compiled ??= compile();
  return compiled;
};
