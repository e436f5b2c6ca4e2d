import * as tf from '@tensorflow/tfjs-core';
import { graphDtype } from '../../graph/dtype.js';
import { reshape } from '../../graph/layout.js';
import { constant, record, scalar, sizeOf, type Value } from '../../graph/value.js';
import { cast, elementwise, kernel, numeric, pointwise, store } from '../kernel.js';

type Operands = tf.BinaryInputs;

const binary = (name: string, compute: (a: Value, b: Value) => Value) =>
  kernel<Operands>(name, (backend, { a, b }) =>
    elementwise(backend, [a, b], ([x, y]) => {
      const [left, right] = [x as Value, y as Value];
      return store(compute(numeric(left), numeric(right)), left.dtype);
    }),
  );

const compare = (name: string, compute: (a: Value, b: Value) => Value) =>
  kernel<Operands>(name, (backend, { a, b }) =>
    elementwise(backend, [a, b], ([x, y]) => compute(numeric(x as Value), numeric(y as Value))),
  );

const logical = (name: string, op: string) =>
  kernel<Operands>(name, (backend, { a, b }) =>
    elementwise(backend, [a, b], (values) =>
      pointwise(
        op,
        values.map((value) => cast(value, 'bool')),
        'bool',
      ),
    ),
  );

const not = (value: Value): Value => record('Not', [value], value.shape, 'bool');

// In float64, which holds every int32 quotient. The result is int32 for floats too, as in tfjs.
const floorDivide = (a: Value, b: Value): Value => {
  const quotient = pointwise('Div', [cast(a, 'float64'), cast(b, 'float64')]);
  return cast(record('Floor', [quotient], quotient.shape, 'float64'), 'int32');
};

/** Computes integers in float64, which holds every one of them, and has an answer for division by zero. */
const inDoubles =
  (compute: (a: Value, b: Value) => Value) =>
  (a: Value, b: Value): Value =>
    a.dtype === 'int32' ? cast(compute(cast(a, 'float64'), cast(b, 'float64')), 'int32') : compute(a, b);

/** The remainder with the divisor's sign. */
const floorModulo = (a: Value, b: Value): Value => {
  const shape = tf.backend_util.assertAndGetBroadcastShape([...a.shape], [...b.shape]);
  const remainder = record('Mod', [a, b], shape, a.dtype, { fmod: 1 });
  const shifted = record('Mod', [pointwise('Add', [remainder, b]), b], shape, a.dtype, { fmod: 1 });
  const zero = scalar(0, a.dtype);
  const sameSign = pointwise(
    'Equal',
    [pointwise('Less', [a, zero], 'bool'), pointwise('Less', [b, zero], 'bool')],
    'bool',
  );
  return pointwise('Where', [sameSign, remainder, shifted], a.dtype);
};

/**
 * A bias added to a convolution becomes part of it. If the convolution without bias is needed too, it runs twice; no
 * network here needs it.
 */
const addBias = (x: Value, bias: Value): Value | undefined => {
  const node = x.node;
  const channels = x.shape[1];
  if (node?.signature.op !== 'Conv' || node.inputs.length > 2) return undefined;
  const perChannel = bias.shape.length === 4 && bias.shape[1] === channels && sizeOf(bias.shape) === channels;
  if (!perChannel) return undefined;
  return record(
    'Conv',
    [...node.inputs, reshape(bias, [bias.shape[1] as number])],
    x.shape,
    x.dtype,
    node.signature.attributes,
  );
};

/** The angle of the point (x, y), with the signs of zeros and infinities as in IEEE 754. */
function atan2(y: Value, x: Value): Value {
  const number = (value: number): Value => scalar(value, 'float32');
  const test = (op: string, a: Value, b: Value): Value => pointwise(op, [a, b], 'bool');
  const select = (condition: Value, yes: Value, no: Value): Value =>
    pointwise('Where', [condition, yes, no], 'float32');
  const apply = (op: string, value: Value): Value => record(op, [value], value.shape, value.dtype);
  // 1 / -0 is -Infinity: the only difference between the zeros.
  const negative = (value: Value): Value =>
    test('Less', select(test('Equal', value, number(0)), apply('Reciprocal', value), value), number(0));
  const [height, width] = [apply('Abs', y), apply('Abs', x)];
  const bothEqual = pointwise('Equal', [height, width], 'bool'); // 0 / 0 and Infinity / Infinity
  const zero = test('Equal', height, number(0));
  const quotient = select(bothEqual, select(zero, number(0), number(1)), pointwise('Div', [height, width]));
  const acute = apply('Atan', quotient);
  const angle = select(negative(x), pointwise('Sub', [number(Math.PI), acute]), acute);
  return select(negative(y), apply('Neg', angle), angle);
}

const squaredDifference = (a: Value, b: Value): Value => {
  const difference = pointwise('Sub', [a, b]);
  return pointwise('Mul', [difference, difference]);
};

/** The sum in the type of the first value. */
function sumAll(values: Value[]): Value {
  const [first] = values as [Value];
  const terms = values.map((value) => cast(numeric(value), numeric(first).dtype));
  if (first.dtype === 'float32') return pointwise('Sum', terms);
  return store(
    terms.reduce((sum, value) => pointwise('Add', [sum, value])),
    first.dtype,
  );
}

export const arithmeticKernels = [
  binary(tf.Add, (a, b) => addBias(a, b) ?? addBias(b, a) ?? pointwise('Add', [a, b])),
  binary(tf.Sub, (a, b) => pointwise('Sub', [a, b])),
  binary(tf.Multiply, (a, b) => pointwise('Mul', [a, b])),
  binary(
    tf.RealDiv,
    inDoubles((a, b) => pointwise('Div', [a, b])),
  ),
  compare(tf.FloorDiv, floorDivide),
  binary(tf.Mod, inDoubles(floorModulo)),
  binary(
    tf.Pow,
    inDoubles((a, b) => pointwise('Pow', [a, b])),
  ),
  binary(tf.Atan2, (a, b) => atan2(cast(a, 'float32'), cast(b, 'float32'))),
  kernel<Operands>(tf.BitwiseAnd, (backend, { a, b }) =>
    elementwise(backend, [a, b], (values) => pointwise('BitwiseAnd', values)),
  ),
  binary(tf.Maximum, (a, b) => pointwise('Max', [a, b])),
  binary(tf.Minimum, (a, b) => pointwise('Min', [a, b])),
  binary(tf.SquaredDifference, squaredDifference),
  compare(tf.Equal, (a, b) => pointwise('Equal', [a, b], 'bool')),
  compare(tf.NotEqual, (a, b) => not(pointwise('Equal', [a, b], 'bool'))),
  compare(tf.Less, (a, b) => pointwise('Less', [a, b], 'bool')),
  compare(tf.LessEqual, (a, b) => pointwise('LessOrEqual', [a, b], 'bool')),
  compare(tf.Greater, (a, b) => pointwise('Greater', [a, b], 'bool')),
  compare(tf.GreaterEqual, (a, b) => pointwise('GreaterOrEqual', [a, b], 'bool')),
  logical(tf.LogicalAnd, 'And'),
  logical(tf.LogicalOr, 'Or'),
  kernel<tf.LogicalNotInputs>(tf.LogicalNot, (backend, { x }) =>
    elementwise(backend, [x], ([value]) => not(cast(value as Value, 'bool'))),
  ),
  kernel<tf.TensorInfo[]>(tf.AddN, (backend, inputs) => elementwise(backend, inputs, sumAll)),
  kernel<tf.SelectInputs>(tf.Select, (backend, { condition, t, e }) => {
    const rank = t.shape.length;
    // A vector chooses whole rows.
    const chosen =
      condition.shape.length === 1 && rank > 1
        ? { ...condition, shape: [...condition.shape, ...Array<number>(rank - 1).fill(1)] }
        : condition;
    return elementwise(backend, [chosen, t, e], ([c, x, y]) => {
      const type = graphDtype(tf.upcastType(t.dtype, e.dtype));
      const [yes, no] = [x, y].map((value) => numeric(cast(value as Value, type))) as [Value, Value];
      return cast(pointwise('Where', [cast(c as Value, 'bool'), yes, no], yes.dtype), type);
    });
  }),
  kernel<tf.PreluInputs>(tf.Prelu, (backend, { x, alpha }) =>
    elementwise(backend, [x, alpha], ([v, a]) =>
      prelu(cast(v as Value, 'float32'), cast(a as Value, 'float32')),
    ),
  ),
  kernel<tf.EluGradInputs>(tf.EluGrad, (backend, { dy, y }) =>
    elementwise(backend, [dy, y], ([d, v]) => {
      const slope = pointwise('Add', [pointwise('Min', [v as Value, zeroOf()]), scalar(1, 'float32')]);
      return pointwise('Mul', [d as Value, slope]);
    }),
  ),
];

const zeroOf = (): Value => constant([], 'float32', [0]);

export const prelu = (x: Value, alpha: Value): Value =>
  pointwise(
    'Where',
    [pointwise('GreaterOrEqual', [x, scalar(0, x.dtype)], 'bool'), x, pointwise('Mul', [x, alpha])],
    x.dtype,
  );
