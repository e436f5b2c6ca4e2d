import '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  anyTensors,
  bits,
  broadcastShapes,
  type Calls,
  conforms,
  floats,
  ints,
  make,
  operands,
  type Result,
  refused,
  type Spec,
  shapes,
  smallInts,
  tensors,
  wild,
} from './harness.js';

type Unary = (x: tf.Tensor) => Result;
type Binary = (a: tf.Tensor, b: tf.Tensor) => Result;

/** Functions of every type of number, exact for integers. */
const general: Record<string, Unary> = {
  neg: tf.neg,
  sign: tf.sign,
  round: tf.round,
  relu: tf.relu,
  relu6: tf.relu6,
  step: tf.step,
  'step, slope -1': (x) => tf.step(x, -1),
  clipByValue: (x) => tf.clipByValue(x, -1, 2),
  zerosLike: tf.zerosLike,
  onesLike: tf.onesLike,
  isNaN: tf.isNaN,
  isInf: tf.isInf,
  isFinite: tf.isFinite,
  'cast to float32': (x) => tf.cast(x, 'float32'),
  'cast to int32': (x) => tf.cast(x, 'int32'),
  'cast to bool': (x) => tf.cast(x, 'bool'),
  exp: tf.exp,
  leakyRelu: tf.leakyRelu,
};

/** tfjs refuses booleans for it. */
const erf = { erf: tf.erf };

const real: Record<string, Unary> = {
  expm1: tf.expm1,
  log1p: tf.log1p,
  reciprocal: tf.reciprocal,
  sinh: tf.sinh,
  asin: tf.asin,
  acos: tf.acos,
  atan: tf.atan,
  asinh: tf.asinh,
  acosh: tf.acosh,
  atanh: tf.atanh,
  softplus: tf.softplus,
  selu: tf.selu,
  // tfjs' cpu kernels compute these of integers in float32.
  abs: tf.abs,
  square: tf.square,
};

/** Functions for which tfjs takes float32 only. */
const floatOnly: Record<string, Unary> = {
  floor: tf.floor,
  ceil: tf.ceil,
  log: tf.log,
  sqrt: tf.sqrt,
  rsqrt: tf.rsqrt,
  sin: tf.sin,
  cos: tf.cos,
  tan: tf.tan,
  cosh: tf.cosh,
  tanh: tf.tanh,
  sigmoid: tf.sigmoid,
  elu: tf.elu,
};

const binary: Record<string, Binary> = {
  add: tf.add,
  sub: tf.sub,
  div: tf.div,
  divNoNan: tf.divNoNan,
  floorDiv: tf.floorDiv,
  maximum: tf.maximum,
  minimum: tf.minimum,
  atan2: tf.atan2,
  prelu: (x, alpha) => tf.prelu(x, alpha),
  equal: tf.equal,
  notEqual: tf.notEqual,
  less: tf.less,
  lessEqual: tf.lessEqual,
  greater: tf.greater,
  greaterEqual: tf.greaterEqual,
};

const logical: Record<string, Binary> = {
  logicalAnd: tf.logicalAnd,
  logicalOr: tf.logicalOr,
  logicalXor: tf.logicalXor,
};

const each = (ops: Record<string, Unary>, x: Spec): Calls =>
  Object.fromEntries(Object.entries(ops).map(([name, op]) => [name, () => op(make(x))]));

const eachPair = (ops: Record<string, Binary>, [a, b]: Spec[]): Calls =>
  Object.fromEntries(
    Object.entries(ops).map(([name, op]) => [name, () => op(make(a as Spec), make(b as Spec))]),
  );

test('functions of float32', () =>
  conforms(tensors(shapes(), 'float32', wild), (x) =>
    each({ ...general, ...real, ...floatOnly, ...erf }, x),
  ));

test('functions of int32', () => conforms(tensors(shapes(), 'int32', ints), (x) => each(general, x)));

test('functions of small int32', () =>
  conforms(tensors(shapes(), 'int32', smallInts), (x) => ({
    ...each({ ...real, ...erf }, x),
    ...refused(each({ ...floatOnly, logicalNot: tf.logicalNot }, x)),
  })));

test('functions of bool', () =>
  conforms(tensors(shapes(), 'bool'), (x) => ({
    ...each({ ...general, ...real, logicalNot: tf.logicalNot }, x),
    ...refused(each({ ...floatOnly, ...erf }, x)),
  })));

test('pairs of float32', () => conforms(operands(2, 'float32', wild), (pair) => eachPair(binary, pair)));

test('products and powers of float32', () =>
  conforms(operands(2, 'float32', floats), (pair) =>
    eachPair(
      {
        mul: tf.mul,
        squaredDifference: tf.squaredDifference,
        mod: tf.mod,
        // IEEE 754 has pow(±1, ±Infinity) = pow(1, NaN) = 1, JavaScript NaN.
        pow: (a, b) => tf.pow(tf.mul(tf.abs(a), 1.3), b),
      },
      pair,
    ),
  ));

test('pairs of int32', () =>
  conforms(operands(2, 'int32', ints), (pair) => eachPair({ ...binary, mod: tf.mod }, pair)));

// The op takes equal shapes only.
test('bitwiseAnd', () =>
  conforms(
    shapes().chain((shape) =>
      fc.tuple(tensors(fc.constant(shape), 'int32', ints), tensors(fc.constant(shape), 'int32', ints)),
    ),
    (pair) => eachPair({ bitwiseAnd: tf.bitwiseAnd as Binary }, pair),
  ));

test('pairs of small int32', () =>
  conforms(operands(2, 'int32', smallInts), (pair) =>
    eachPair({ mul: tf.mul, squaredDifference: tf.squaredDifference, pow: tf.pow }, pair),
  ));

// tfjs' cpu kernels keep 2 and 255 as booleans: sums and differences are left out.
test('pairs of bool', () => {
  const { add: _, sub: __, ...rest } = binary;
  return conforms(operands(2, 'bool', bits), (pair) =>
    eachPair({ ...rest, ...logical, mod: tf.mod, mul: tf.mul }, pair),
  );
});

test('pairs of different types', () =>
  conforms(
    broadcastShapes(2).chain(([a, b]) =>
      fc.tuple(anyTensors(fc.constant(a as number[])), anyTensors(fc.constant(b as number[]))),
    ),
    ([a, b]) => {
      const { add: _, sub: __, ...rest } = binary;
      return eachPair(a.dtype === 'bool' && b.dtype === 'bool' ? rest : binary, [a, b]);
    },
  ));

// tfjs broadcasts to an empty shape only where it is empty already: no zero sizes.
test('where and addN', () =>
  conforms(
    fc
      .tuple(
        operands(3, 'float32', floats, false),
        operands(3, 'int32', ints, false),
        operands(3, 'bool', bits, false),
        shapes(),
      )
      .chain(([a, b, c, shape]) =>
        fc.tuple(
          fc.constant([a, b, c]),
          fc.array(tensors(fc.constant(shape), 'float32'), { minLength: 1, maxLength: 4 }),
          fc.array(tensors(fc.constant(shape), 'int32', ints), { minLength: 1, maxLength: 4 }),
        ),
      ),
    ([triples, same, sameInts]) => ({
      ...Object.fromEntries(
        triples.map(([condition, a, b]) => [
          `where ${a?.dtype}`,
          () => tf.where(tf.cast(make(condition as Spec), 'bool'), make(a as Spec), make(b as Spec)),
        ]),
      ),
      addN: () => tf.addN(same.map(make)),
      'addN of integers': () => tf.addN(sameInts.map(make)),
    }),
  ));

test('integers wrap around, as Math.imul has it', async () => {
  await tf.setBackend('onnx');
  const values = [0, 1, -1, 7, -7, 65_537, 2 ** 24 + 1, 2 ** 30, 2 ** 31 - 1, -(2 ** 31)];
  const x = tf.tensor(values, [values.length], 'int32');
  const [column, row] = [tf.expandDims(x, 1), tf.expandDims(x, 0)];
  const products = await tf.mul(column, row).data();
  expect([...products]).toEqual(values.flatMap((a) => values.map((b) => Math.imul(a, b))));
  expect([...(await tf.square(x).data())]).toEqual(values.map((a) => Math.imul(a, a)));
  expect([...(await tf.abs(x).data())]).toEqual(values.map((a) => Math.abs(a) | 0));
  expect([...(await tf.squaredDifference(column, row).data())]).toEqual(
    values.flatMap((a) => values.map((b) => Math.imul(a - b, a - b))),
  );
});

test('powers follow IEEE 754 where JavaScript does not', async () => {
  await tf.setBackend('onnx');
  const base = tf.tensor([1, 1, 1, -1, -1]);
  const exponent = tf.tensor([Number.NaN, Infinity, -Infinity, Infinity, -Infinity]);
  expect([...(await tf.pow(base, exponent).data())]).toEqual([1, 1, 1, 1, 1]);
});

test('expm1 and log1p keep their digits near zero', async () => {
  await tf.setBackend('onnx');
  const values = [1e-7, -1e-7, 3e-5, -3e-5, 0.02, -0.5, 1, 5].map(Math.fround);
  const relative = (got: number, want: number) => Math.abs(got - want) / Math.abs(want);
  const [expm1, log1p] = await Promise.all([
    tf.expm1(tf.tensor(values)).data(),
    tf.log1p(tf.tensor(values)).data(),
  ]);
  values.forEach((value, i) => {
    expect(relative(expm1[i] as number, Math.expm1(value))).toBeLessThan(1e-6);
    expect(relative(log1p[i] as number, Math.log1p(value))).toBeLessThan(1e-6);
  });
});
