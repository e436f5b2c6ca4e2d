import type { HostArray } from './array.js';

// V8 compiles a loop once for all functions it calls, and then inlines none of them. So what is used most has a loop of its own.

/** A loop over all elements. */
export type UnaryLoop = (x: HostArray, y: HostArray) => void;

export const neg: UnaryLoop = (x, y) => {
  for (let i = 0; i < y.length; i++) y[i] = -(x[i] as number);
};

export const relu: UnaryLoop = (x, y) => {
  for (let i = 0; i < y.length; i++) y[i] = Math.max(x[i] as number, 0);
};

export const sqrt: UnaryLoop = (x, y) => {
  for (let i = 0; i < y.length; i++) y[i] = Math.sqrt(x[i] as number);
};

export const exp: UnaryLoop = (x, y) => {
  for (let i = 0; i < y.length; i++) y[i] = Math.exp(x[i] as number);
};

export const sigmoid: UnaryLoop = (x, y) => {
  for (let i = 0; i < y.length; i++) y[i] = 1 / (1 + Math.exp(-(x[i] as number)));
};

// Below this, the first two terms of the series are exact to a float's last digit.
const SMALL_ANGLE = 1e-3;

/** By one exponential, which is exact enough for floats. */
export const tanh: UnaryLoop = (x, y) => {
  for (let i = 0; i < y.length; i++) {
    const value = x[i] as number;
    y[i] =
      Math.abs(value) < SMALL_ANGLE ? value - (value * value * value) / 3 : 1 - 2 / (Math.exp(2 * value) + 1);
  }
};

/** Computes elements `from` to `end` of y from those of a and b, which start at `p` and `q` and are steps of 0 or 1 apart. */
export type BinaryLoop = (
  a: HostArray,
  p: number,
  stepA: number,
  b: HostArray,
  q: number,
  stepB: number,
  y: HostArray,
  from: number,
  end: number,
) => void;

export const loopOf =
  (fn: (a: number, b: number) => number): BinaryLoop =>
  (a, p, stepA, b, q, stepB, y, from, end) => {
    for (let i = from, j = p, k = q; i < end; i++, j += stepA, k += stepB)
      y[i] = fn(a[j] as number, b[k] as number);
  };

export const add: BinaryLoop = (a, p, stepA, b, q, stepB, y, from, end) => {
  for (let i = from, j = p, k = q; i < end; i++, j += stepA, k += stepB)
    y[i] = (a[j] as number) + (b[k] as number);
};

export const subtract: BinaryLoop = (a, p, stepA, b, q, stepB, y, from, end) => {
  for (let i = from, j = p, k = q; i < end; i++, j += stepA, k += stepB)
    y[i] = (a[j] as number) - (b[k] as number);
};

export const multiply: BinaryLoop = (a, p, stepA, b, q, stepB, y, from, end) => {
  for (let i = from, j = p, k = q; i < end; i++, j += stepA, k += stepB)
    y[i] = (a[j] as number) * (b[k] as number);
};

export const divide: BinaryLoop = (a, p, stepA, b, q, stepB, y, from, end) => {
  for (let i = from, j = p, k = q; i < end; i++, j += stepA, k += stepB)
    y[i] = (a[j] as number) / (b[k] as number);
};
