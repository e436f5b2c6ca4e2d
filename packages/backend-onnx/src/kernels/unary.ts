import * as tf from '@tensorflow/tfjs-core';
import { type Attributes, record, scalar, type Value } from '../graph/value.js';
import { prelu } from './arithmetic.js';
import { cast, elementwise, kernel, pointwise } from './kernel.js';

const unary = <A = unknown>(name: string, compute: (x: Value, attributes: A) => Value) =>
  kernel<tf.UnaryInputs, A>(name, (backend, { x }, attributes) =>
    elementwise(backend, [x], ([value]) => compute(value as Value, attributes)),
  );

const apply = (op: string, x: Value, attributes?: Attributes): Value =>
  record(op, [x], x.shape, x.dtype, attributes);

const floats = (value: Value): Value => cast(value, 'float32');

/** A function of real numbers: its result is float32 whatever comes in. */
const real = (name: string, op: string) => unary(name, (x) => apply(op, floats(x)));

/** A function that keeps its operand's type and has an operator for each. */
const same = (name: string, op: string) => unary(name, (x) => apply(op, x));

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

const step = (x: Value, alpha: number): Value => {
  const positive = pointwise('Greater', [x, scalar(0, x.dtype)], 'bool');
  if (alpha === 0) return cast(positive, x.dtype);
  return pointwise('Where', [positive, scalar(1, x.dtype), scalar(alpha, x.dtype)], x.dtype);
};

export const unaryKernels = [
  same(tf.Neg, 'Neg'),
  same(tf.Abs, 'Abs'),
  same(tf.Sign, 'Sign'),
  rounding(tf.Floor, 'Floor'),
  rounding(tf.Ceil, 'Ceil'),
  rounding(tf.Round, 'Round'),
  real(tf.Exp, 'Exp'),
  real(tf.Log, 'Log'),
  real(tf.Sqrt, 'Sqrt'),
  real(tf.Reciprocal, 'Reciprocal'),
  real(tf.Sin, 'Sin'),
  real(tf.Cos, 'Cos'),
  real(tf.Tan, 'Tan'),
  real(tf.Sinh, 'Sinh'),
  real(tf.Cosh, 'Cosh'),
  real(tf.Tanh, 'Tanh'),
  real(tf.Asin, 'Asin'),
  real(tf.Acos, 'Acos'),
  real(tf.Atan, 'Atan'),
  real(tf.Asinh, 'Asinh'),
  real(tf.Acosh, 'Acosh'),
  real(tf.Atanh, 'Atanh'),
  real(tf.Erf, 'Erf'),
  real(tf.Sigmoid, 'Sigmoid'),
  real(tf.Softplus, 'Softplus'),
  real(tf.Elu, 'Elu'),
  unary(tf.Relu, (x) =>
    x.dtype === 'float32' ? apply('Relu', x) : pointwise('Max', [x, scalar(0, x.dtype)]),
  ),
  unary(tf.Relu6, (x) => clip(x, 0, 6)),
  unary(tf.Selu, (x) => apply('Selu', floats(x), SELU)),
  unary<tf.LeakyReluAttrs>(tf.LeakyRelu, (x, { alpha }) =>
    apply('LeakyRelu', floats(x), { alpha: { float: alpha } }),
  ),
  // exp(x) - 1 and log(1 + x) without their cancellation near 0: through tanh(x/2) and through the rounding of 1 + x.
  unary(tf.Expm1, (x) => expm1(floats(x))),
  unary(tf.Log1p, (x) => log1p(floats(x))),
  unary(tf.Rsqrt, (x) => apply('Reciprocal', apply('Sqrt', floats(x)))),
  unary(tf.Square, (x) => pointwise('Mul', [x, x])),
  unary<tf.StepAttrs>(tf.Step, (x, { alpha }) => step(x, alpha)),
  unary<tf.ClipByValueAttrs>(tf.ClipByValue, (x, { clipValueMin, clipValueMax }) =>
    clip(x, clipValueMin, clipValueMax),
  ),
  unary(tf.IsNan, (x) => test('IsNaN', x)),
  unary(tf.IsInf, (x) => test('IsInf', x)),
  unary(tf.IsFinite, (x) => {
    const bad = pointwise('Or', [test('IsNaN', x), test('IsInf', x)], 'bool');
    return apply('Not', bad);
  }),
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
