import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newArray, type TypedArray } from '../graph/value.js';
import {
  type BatchExpression,
  expressionOf,
  fitLinear,
  type Linear,
  type Sample,
} from './batch-expression.js';

const BATCHES = [29, 31, 37];
const at = ({ offset, slope }: Linear, batch: number): number => offset + slope * batch;

/** What an expression says an array is for some batch size. */
function evaluate(expression: BatchExpression, batch: number): { values: number[]; shape: number[] } {
  if (expression.kind === 'linear')
    return { values: expression.elements.map((line) => at(line, batch)), shape: [...expression.shape] };
  const shape = expression.shape.map((line) => at(line, batch));
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Array.from({ length: size }, (_, i) =>
    expression.kind === 'ramp'
      ? expression.start + i * expression.step
      : Number(expression.row[i % expression.row.length]),
  );
  return { values, shape };
}

const int32 = (numbers: number[]): TypedArray => {
  const array = newArray('int32', numbers.length) as Int32Array;
  array.set(numbers);
  return array;
};

const small = fc.integer({ min: -50, max: 50 });

test('finds the rule behind the numbers, and gives the numbers for other batch sizes', () => {
  const rules: fc.Arbitrary<(batch: number) => Sample> = fc.oneof(
    fc.array(fc.tuple(small, small), { minLength: 1, maxLength: 5 }).map((lines) => (batch: number) => ({
      batch,
      array: int32(lines.map(([offset, slope]) => offset + slope * batch)),
      shape: [lines.length],
    })),
    fc
      .tuple(fc.array(small, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 3 }))
      .map(([row, times]) => (batch: number) => ({
        batch,
        array: int32(Array.from({ length: times * batch }, () => row).flat()),
        shape: [times * batch, row.length],
      })),
    fc.tuple(small, small, fc.integer({ min: 1, max: 3 })).map(([start, step, width]) => (batch: number) => ({
      batch,
      array: int32(Array.from({ length: batch * width }, (_, i) => start + i * step)),
      shape: [width, batch],
    })),
  );
  fc.assert(
    fc.property(rules, fc.integer({ min: 1, max: 60 }), (rule, batch) => {
      const expression = expressionOf(BATCHES.map(rule));
      const { array, shape } = rule(batch);
      expect(expression && evaluate(expression, batch)).toEqual({ values: [...array].map(Number), shape });
    }),
    { seed: 7, numRuns: 200 },
  );
});

test('the third batch size exposes numbers that are not linear', () => {
  expect(
    fitLinear(
      BATCHES,
      BATCHES.map((n) => n * n),
    ),
  ).toBeUndefined();
  expect(fitLinear(BATCHES, [58, 62, 74])).toEqual({ offset: 0, slope: 2 });
  const squares = BATCHES.map((n) => ({ batch: n, array: int32([n * n]), shape: [1] }));
  expect(expressionOf(squares)).toBeUndefined();
  const noise = BATCHES.map((n) => ({ batch: n, array: int32([3, n, 1]), shape: [3] }));
  expect(expressionOf(noise)).toMatchObject({ kind: 'linear' });
  const grown = BATCHES.map((n) => ({ batch: n, array: int32(Array(n * n).fill(0)), shape: [n * n] }));
  expect(expressionOf(grown)).toBeUndefined();
});
