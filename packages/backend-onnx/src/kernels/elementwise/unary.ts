import * as tf from '@tensorflow/tfjs-core';
import { type Attributes, record, scalar, type Value } from '../../graph/value.js';
import { cast, elementwise, kernel, numeric, pointwise, store } from '../kernel.js';
import { prelu } from './arithmetic.js';

const unary = <A = unknown>(name: string, compute: (x: Value, attributes: A) => Value) =>
  kernel<tf.UnaryInputs, A>(name, (backend, { x }, attributes) =>
    elementwise(backend, [x], ([value]) => compute(value as Value, attributes)),
  );

const apply = (op: string, x: Value, attributes?: Attributes): Value =>
  record(op, [x], x.shape, x.dtype, attributes);

const floats = (value: Value): Value => cast(value, 'float32');

/** A function of real numbers. tfjs keeps the operand's type: an integer's result loses its fraction. */
const real = <A = unknown>(name: string, compute: (x: Value, attributes: A) => Value) =>
  unary<A>(name, (x, attributes) => store(compute(floats(x), attributes), x.dtype));

/** A function of real numbers that ONNX has. */
const operator = (name: string, op: string) => real(name, (x) => apply(op, x));

/** A function of real numbers whose result is always float32. */
const toFloats = <A = unknown>(name: string, compute: (x: Value, attributes: A) => Value) =>
  unary<A>(name, (x, attributes) => compute(floats(x), attributes));

/** A function of any number; integers are computed as integers. */
const same = <A = unknown>(name: string, compute: (x: Value, attributes: A) => Value) =>
  unary<A>(name, (x, attributes) => cast(compute(numeric(x), attributes), x.dtype));

/** A function that leaves integers as they are. */
const rounding = (name: string, op: string) =>
  unary(name, (x) => (x.dtype === 'float32' ? apply(op, x) : apply('Identity', x)));

const number = (value: number): Value => scalar(value, 'float32');

const clip = (x: Value, low: number, high: number): Value =>
  record('Clip', [x, scalar(low, x.dtype), scalar(high, x.dtype)], x.shape, x.dtype);

// Constants of Klambauer et al., "Self-Normalizing Neural Networks" (2017), as tfjs has them.
const SELU_ALPHA = tf.backend_util.SELU_SCALEALPHA / tf.backend_util.SELU_SCALE;
const SELU = { alpha: { float: SELU_ALPHA }, gamma: { float: tf.backend_util.SELU_SCALE } };

const test = (op: string, x: Value): Value => record(op, [floats(x)], x.shape, 'bool');

const isNotNumber = (x: Value): Value => test('IsNaN', x);

/** 1 for positive numbers, NaN for NaN, `alpha` for the rest. */
function step(x: Value, alpha: number): Value {
  if (alpha === 0) return apply('Sign', relu(x)); // keeps NaN, as the gradient of relu must
  const positive = pointwise('Greater', [x, scalar(0, x.dtype)], 'bool');
  const result = pointwise('Where', [positive, scalar(1, x.dtype), scalar(alpha, x.dtype)], x.dtype);
  return x.dtype === 'float32' ? pointwise('Where', [isNotNumber(x), x, result], x.dtype) : result;
}

const relu = (x: Value): Value =>
  x.dtype === 'float32' ? apply('Relu', x) : pointwise('Max', [x, scalar(0, x.dtype)]);

export const unaryKernels = [
  same(tf.Neg, (x) => apply('Neg', x)),
  same(tf.Abs, (x) => apply('Abs', x)),
  same(tf.Sign, (x) => {
    const sign = apply('Sign', x);
    return x.dtype === 'float32' ? pointwise('Where', [isNotNumber(x), number(0), sign], x.dtype) : sign;
  }),
  same(tf.Square, (x) => pointwise('Mul', [x, x])),
  same(tf.Relu, relu),
  same(tf.Relu6, (x) => clip(x, 0, 6)),
  same<tf.StepAttrs>(tf.Step, (x, { alpha }) => step(x, alpha)),
  same<tf.ClipByValueAttrs>(tf.ClipByValue, (x, { clipValueMin, clipValueMax }) =>
    clip(x, clipValueMin, clipValueMax),
  ),
  rounding(tf.Floor, 'Floor'),
  rounding(tf.Ceil, 'Ceil'),
  rounding(tf.Round, 'Round'),
  operator(tf.Log, 'Log'),
  operator(tf.Sqrt, 'Sqrt'),
  operator(tf.Reciprocal, 'Reciprocal'),
  operator(tf.Sin, 'Sin'),
  operator(tf.Cos, 'Cos'),
  operator(tf.Tan, 'Tan'),
  operator(tf.Sinh, 'Sinh'),
  operator(tf.Cosh, 'Cosh'),
  operator(tf.Tanh, 'Tanh'),
  operator(tf.Asin, 'Asin'),
  operator(tf.Acos, 'Acos'),
  operator(tf.Atan, 'Atan'),
  operator(tf.Asinh, 'Asinh'),
  operator(tf.Acosh, 'Acosh'),
  operator(tf.Atanh, 'Atanh'),
  operator(tf.Sigmoid, 'Sigmoid'),
  operator(tf.Softplus, 'Softplus'),
  operator(tf.Elu, 'Elu'),
  real(tf.Selu, (x) => apply('Selu', x, SELU)),
  real(tf.Rsqrt, (x) => apply('Reciprocal', apply('Sqrt', x))),
  // exp(x) - 1 and log(1 + x) without their cancellation near 0: through tanh(x/2) and through the rounding of 1 + x.
  real(tf.Expm1, expm1),
  real(tf.Log1p, log1p),
  toFloats(tf.Exp, (x) => apply('Exp', x)),
  toFloats(tf.Erf, (x) => apply('Erf', x)),
  toFloats<tf.LeakyReluAttrs>(tf.LeakyRelu, (x, { alpha }) =>
    apply('LeakyRelu', x, { alpha: { float: alpha } }),
  ),
  unary(tf.IsNan, isNotNumber),
  unary(tf.IsInf, (x) => test('IsInf', x)),
  unary(tf.IsFinite, (x) => apply('Not', pointwise('Or', [isNotNumber(x), test('IsInf', x)], 'bool'))),
];

function expm1(x: Value): Value {
  const half = apply('Tanh', pointwise('Mul', [x, number(0.5)]));
  const product = pointwise('Mul', [half, pointwise('Add', [apply('Exp', x), number(1)])]);
  const small = pointwise('Less', [apply('Abs', x), number(1)], 'bool');
  return pointwise('Where', [small, product, pointwise('Sub', [apply('Exp', x), number(1)])], 'float32');
}

function log1p(x: Value): Value {
  const shifted = pointwise('Add', [x, number(1)]);
  const rounded = pointwise('Sub', [shifted, number(1)]);
  const exact = pointwise('Equal', [rounded, number(0)], 'bool');
  const divisor = pointwise('Where', [exact, number(1), rounded], 'float32');
  const corrected = pointwise('Mul', [apply('Log', shifted), pointwise('Div', [x, divisor])]);
  const infinite = pointwise('Equal', [x, shifted], 'bool');
  return pointwise(
    'Where',
    [exact, x, pointwise('Where', [infinite, apply('Log', shifted), corrected], 'float32')],
    'float32',
  );
}

/** An activation that tfjs can ask a fused kernel for. */
export function activate(
  x: Value,
  activation: string | undefined,
  slope: Value | undefined,
  leakyreluAlpha: number | undefined,
): Value {
  switch (activation) {
    case undefined:
    case 'linear':
      return x;
    case 'relu':
      return apply('Relu', x);
    case 'relu6':
      return clip(x, 0, 6);
    case 'elu':
      return apply('Elu', x);
    case 'sigmoid':
      return apply('Sigmoid', x);
    case 'leakyrelu':
      return apply('LeakyRelu', x, { alpha: { float: leakyreluAlpha ?? 0.2 } });
    case 'prelu':
      if (slope !== undefined) return prelu(x, slope);
  }
  throw new Error(`onnx backend: unknown activation '${activation}'`);
}
