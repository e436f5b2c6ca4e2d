import { MintError } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';
import type { OnnxBackend } from '../backend.js';
import { graphDtype } from '../graph/dtype.js';
import { keepInputs, type Plan, planOf } from '../graph/plan.js';
import { type Data, known, makeData, newArray, record, type Shape, type Value } from '../graph/value.js';

/** Arguments and results of a function to export: one tensor, a list, or tensors by name. */
export type Tensors = tf.Tensor | tf.Tensor[] | { [name: string]: tf.Tensor };

export type Named<T> = readonly (readonly [name: string, item: T])[];

/** The graph a function records for inputs of given shapes. */
export interface Recording {
  readonly plan: Plan;
  readonly inputs: Named<Value>;
  readonly outputs: Named<Value>;
}

/** Tensors with their names: `<word>` for one, `<word>_0`, … for a list, unless `names` has better ones. */
export function nameTensors(
  tensors: Tensors,
  word: string,
  names: readonly string[] | undefined,
): Named<tf.Tensor> {
  if (tensors instanceof tf.Tensor) return [[names?.[0] ?? word, tensors]];
  if (Array.isArray(tensors)) return tensors.map((tensor, i) => [names?.[i] ?? `${word}_${i}`, tensor]);
  return Object.entries(tensors);
}

/** Tensors in the form that `example` has. */
function likeExample(example: Tensors, tensors: Named<tf.Tensor>): Tensors {
  const [first] = tensors;
  if (example instanceof tf.Tensor && first !== undefined) return first[1];
  if (Array.isArray(example)) return tensors.map(([, tensor]) => tensor);
  return Object.fromEntries(tensors);
}

/**
 * Calls `fn` with placeholders of the given shapes, which have no values, and keeps what it records. Nothing is computed.
 *
 * @throws MintError `INVALID_ARGUMENT` if `fn` reads values, returns something other than tensors, or stores a result.
 */
export function recordFunction(
  backend: OnnxBackend,
  fn: (inputs: Tensors) => Tensors,
  example: Tensors,
  examples: Named<tf.Tensor>,
  shapes: readonly Shape[],
  outputNames: readonly string[] | undefined,
): Recording {
  backend.flush();
  const inputs: [string, Value][] = [];
  const outputs: [string, Value][] = [];
  tf.tidy(() => {
    const placeholders = examples.map(([name, { dtype }], i): [string, tf.Tensor] => {
      const type = graphDtype(dtype);
      const value = known(shapes[i] as Shape, type, makeData(newArray(type, 0), type, false));
      inputs.push([name, value]);
      // Behind an operator, so that kernels do not treat it as a known tensor and compute with its values.
      return [name, toTensor(backend.make(record('Identity', [value], value.shape, type)))];
    });
    const results = backend.recordOnly(() => fn(likeExample(example, placeholders)));
    for (const [name, result] of nameTensors(results, 'output', outputNames)) {
      assertTensor(name, result);
      const value = backend.plain(result);
      outputs.push([name, record('Identity', [value], value.shape, value.dtype)]);
    }
    if (outputs.length === 0) assertTensor('output', results);
  });
  const placeholders = new Set(inputs.map(([, value]) => value));
  // A cache that the function filled may stay; a result of this call has no values and must not.
  if (backend.pendingValues().some((value) => planOf([value]).feeds.some((feed) => placeholders.has(feed)))) {
    throw new MintError(
      'INVALID_ARGUMENT',
      'exportOnnx: the function stores a result (tf.keep, or a variable it assigns); export one without side effects.',
    );
  }
  const plan = planOf(outputs.map(([, value]) => value));
  keepInputs(plan);
  return { plan, inputs, outputs };
}

function assertTensor(name: string, result: unknown): void {
  if (result instanceof tf.Tensor) return;
  throw new MintError(
    'INVALID_ARGUMENT',
    `exportOnnx: the function must return a tensor, a list or an object of tensors, and not be async; got ${typeof result} for '${name}'.`,
  );
}

const toTensor = ({ dataId, shape, dtype }: tf.TensorInfo): tf.Tensor =>
  tf.engine().makeTensorFromTensorInfo({ dataId, shape, dtype });

/** The array behind a known value. */
export function dataOf(value: Value): Data {
  if (value.data === undefined) throw new Error('exportOnnx: a value has no data');
  return value.data;
}
