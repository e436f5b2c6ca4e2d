import * as tf from '@tensorflow/tfjs-core';
import { reshape } from '../../graph/layout.js';
import { constant, known, makeData, record, scalar, type Value } from '../../graph/value.js';
import { cast, kernel, pointwise } from '../kernel.js';

// Images read at computed positions. Positions are float64, as in JavaScript: a rounded one could fall off the edge.

const number = (value: number): Value => scalar(value, 'float64');
const add = (a: Value, b: Value): Value => pointwise('Add', [a, b]);
const subtract = (a: Value, b: Value): Value => pointwise('Sub', [a, b]);
const multiply = (a: Value, b: Value): Value => pointwise('Mul', [a, b]);
const divide = (a: Value, b: Value): Value => pointwise('Div', [a, b]);
const floor = (x: Value): Value => record('Floor', [x], x.shape, x.dtype);
/** Rounds halves up, as Math.round. */
const round = (x: Value): Value => floor(add(x, number(0.5)));
const test = (op: string, a: Value, b: Value): Value => pointwise(op, [a, b], 'bool');
const both = (a: Value, b: Value): Value => test('And', a, b);
const select = (condition: Value, yes: Value, no: Value): Value =>
  pointwise('Where', [condition, yes, no], yes.dtype);

const within = (x: Value, last: number): Value =>
  both(test('GreaterOrEqual', x, number(0)), test('LessOrEqual', x, number(last)));

const lastAxis = (x: Value): Value => reshape(x, [...x.shape, 1]);

const count = (size: number): number[] => Array.from({ length: size }, (_, i) => i);

/** Pixels of [N, H, W, C] images at whole positions that broadcast to [B, h, w]; `fill` outside. */
function pixels(images: Value, image: Value, y: Value, x: Value, fill: Value): Value {
  const [batch, height, width, channels] = images.shape as [number, number, number, number];
  const inside = both(within(y, height - 1), within(x, width - 1));
  const flat = add(multiply(add(multiply(image, number(height)), y), number(width)), x);
  const safe = cast(select(both(inside, within(image, batch - 1)), flat, number(0)), 'int64');
  const rows = reshape(images, [batch * height * width, channels]);
  const read = record('Gather', [rows, safe], [...safe.shape, channels], images.dtype, { axis: 0 });
  return select(lastAxis(inside), read, fill);
}

/** Mixes the four pixels around each position by distance; `ceil` names the pixels below and to the right. */
function bilinear(
  images: Value,
  image: Value,
  [y, x]: readonly [Value, Value],
  ceil: (low: Value, place: Value) => Value,
  fill: Value,
): Value {
  const [top, left] = [floor(y), floor(x)];
  const [bottom, right] = [ceil(top, y), ceil(left, x)];
  const [down, across] = [subtract(y, top), subtract(x, left)].map((part) =>
    lastAxis(cast(part, 'float32')),
  ) as [Value, Value];
  const line = (row: Value): Value => {
    const [from, to] = [pixels(images, image, row, left, fill), pixels(images, image, row, right, fill)];
    return mix(from, to, across);
  };
  return mix(line(top), line(bottom), down);
}

const mix = (from: Value, to: Value, part: Value): Value =>
  add(multiply(from, subtract(scalar(1, 'float32'), part)), multiply(to, part));

/** Column `index` of a [rows, columns] value, shaped to broadcast against [rows, h, w]. */
function column(table: Value, index: number): Value {
  const rows = table.shape[0] as number;
  const picked = record('Gather', [table, scalar(index, 'int64')], [rows], table.dtype, { axis: 1 });
  return reshape(picked, [rows, 1, 1]);
}

/** The positions of `steps` pixels between two relative ends of a side of `size` elements. */
function cropPlaces(low: Value, high: Value, size: number, steps: number, shape: number[]): Value {
  const last = number(size - 1);
  if (steps === 1) return multiply(multiply(add(low, high), number(0.5)), last);
  const step = divide(multiply(subtract(high, low), last), number(steps - 1));
  return add(multiply(low, last), multiply(constant(shape, 'float64', count(steps)), step));
}

/** A position beyond an image's edge, mapped back to [0, length - 1] as in tfjs. */
function mapPlace(place: Value, length: number, mode: string): Value {
  if (mode === 'constant') return place;
  const clamp = (x: Value): Value => record('Clip', [x, number(0), number(length - 1)], x.shape, 'float64');
  if (mode === 'nearest' || length <= 1) return clamp(place);
  const negative = test('Less', place, number(0));
  const beyond = test('Greater', place, number(length - 1));
  const opposite = record('Neg', [place], place.shape, 'float64');
  const periods = (x: Value, period: number): Value => floor(divide(x, number(period)));
  let [before, after]: [Value, Value] = [place, place];
  if (mode === 'reflect') {
    const twice = 2 * length;
    const raised = add(multiply(number(twice), periods(opposite, twice)), place);
    const mirrored = subtract(number(-1), raised);
    before = select(test('Less', raised, number(-length)), add(raised, number(twice)), mirrored);
    const lowered = subtract(place, multiply(number(twice), periods(place, twice)));
    const turned = subtract(number(twice - 1), lowered);
    after = select(test('GreaterOrEqual', lowered, number(length)), turned, lowered);
  } else {
    const shift = (x: Value): Value => multiply(number(length), periods(x, length - 1));
    before = add(place, add(shift(opposite), number(length)));
    after = subtract(place, shift(place));
  }
  return clamp(select(negative, before, select(beyond, after, place)));
}

export const samplingKernels = [
  kernel<tf.CropAndResizeInputs, tf.CropAndResizeAttrs>(
    tf.CropAndResize,
    (backend, { image, boxes, boxInd }, { cropSize, method, extrapolationValue }) => {
      const [batch, height, width] = image.shape as [number, number, number];
      const [rows, columns] = cropSize;
      const images = cast(backend.plain(image), 'float32');
      const corners = cast(backend.plain(boxes), 'float64');
      const of = reshape(cast(backend.plain(boxInd), 'float64'), [boxInd.shape[0] as number, 1, 1]);
      const y = cropPlaces(column(corners, 0), column(corners, 2), height, rows, [1, rows, 1]);
      const x = cropPlaces(column(corners, 1), column(corners, 3), width, columns, [1, 1, columns]);
      const fill = scalar(extrapolationValue, 'float32');
      const inside = both(within(y, height - 1), within(x, width - 1));
      const read =
        method === 'bilinear'
          ? bilinear(images, of, [y, x], (_, place) => record('Ceil', [place], place.shape, 'float64'), fill)
          : pixels(images, of, round(y), round(x), fill);
      const crops = select(lastAxis(inside), read, fill);
      // A box without an image stays empty.
      const known = lastAxis(test('Less', of, number(batch)));
      return backend.make(select(known, crops, scalar(0, 'float32')));
    },
  ),
  kernel<tf.TransformInputs, tf.TransformAttrs>(
    tf.Transform,
    (backend, { image, transforms }, { interpolation, fillMode, fillValue, outputShape }) => {
      const [batch, height, width] = image.shape as [number, number, number];
      const [rows, columns] = outputShape ?? [height, width];
      const images = backend.plain(image);
      const table = cast(backend.plain(transforms), 'float64');
      const across = constant([1, 1, columns], 'float64', count(columns));
      const down = constant([1, rows, 1], 'float64', count(rows));
      const linear = (i: number, j: number, offset: Value): Value =>
        add(add(multiply(column(table, i), across), multiply(column(table, j), down)), offset);
      const projection = linear(6, 7, number(1));
      const x = mapPlace(divide(linear(0, 1, column(table, 2)), projection), width, fillMode);
      const y = mapPlace(divide(linear(3, 4, column(table, 5)), projection), height, fillMode);
      const of = constant([batch, 1, 1], 'float64', count(batch));
      const fill = scalar(fillValue, 'float32');
      const read =
        interpolation === 'bilinear'
          ? bilinear(images, of, [y, x], (low) => add(low, number(1)), fill)
          : pixels(images, of, round(y), round(x), fill);
      const vanishing = lastAxis(test('Equal', projection, number(0)));
      return backend.make(select(vanishing, fill, read));
    },
  ),
  kernel<tf.RotateWithOffsetInputs, tf.RotateWithOffsetAttrs>(
    tf.RotateWithOffset,
    (backend, { image }, { radians, fillValue, center }) => {
      const [batch, height, width, channels] = image.shape as [number, number, number, number];
      const [centerX, centerY] = tf.backend_util.getImageCenter(center, height, width);
      const [sine, cosine] = [Math.sin(radians), Math.cos(radians)];
      // The source of each pixel, or -1.
      const sources = Int32Array.from({ length: height * width }, (_, i) => {
        const [row, col] = [Math.floor(i / width) - centerY, (i % width) - centerX];
        const x = Math.round(col * cosine - row * sine + centerX);
        const y = Math.round(col * sine + row * cosine + centerY);
        return x >= 0 && x < width && y >= 0 && y < height ? y * width + x : -1;
      });
      const from = known([height * width], 'int32', makeData(sources, 'int32', false));
      const inside = test('GreaterOrEqual', from, scalar(0, 'int32'));
      const rows = reshape(backend.plain(image), [batch, height * width, channels]);
      const read = record(
        'Gather',
        [rows, select(inside, from, scalar(0, 'int32'))],
        rows.shape,
        rows.dtype,
        {
          axis: 1,
        },
      );
      const fill = typeof fillValue === 'number' ? count(channels).map(() => fillValue) : [...fillValue, 255];
      const outside = constant([channels], 'float32', fill.slice(0, channels));
      return backend.make(reshape(select(lastAxis(inside), read, outside), image.shape));
    },
  ),
];
