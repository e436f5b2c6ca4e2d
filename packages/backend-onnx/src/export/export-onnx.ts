import { MintError } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';
import type { OnnxBackend } from '../backend.js';
import { encodeModel } from '../graph/model-proto.js';
import { exportGraph } from './export-graph.js';
import { nameTensors, recordFunction, type Tensors } from './record.js';

/** The part of a `LayersModel` of `@tensorflow/tfjs-layers` that {@link exportOnnx} needs. */
export interface LayersModelLike {
  /** Runs the model on tensors in the order of `inputs`. */
  apply(inputs: tf.Tensor | tf.Tensor[], options: Readonly<Record<'training', boolean>>): unknown;
  /** Symbolic inputs with the layers that they come from. */
  readonly inputs: FromLayer[];
  /** Symbolic outputs, likewise. */
  readonly outputs: FromLayer[];
  /** All weights, trainable or not. */
  readonly weights: NamedWeight[];
}

/** An input or output of a `LayersModel`. */
export interface FromLayer {
  /** Its `name` becomes the name of the input or output in the ONNX file. */
  readonly sourceLayer: Readonly<Record<'name', string>>;
}

/** A weight of a `LayersModel`. */
export interface NamedWeight {
  /** Its name in the ONNX file. */
  readonly name: string;
  /** Its values. */
  read(): tf.Tensor;
}

/** Options of {@link exportOnnx}. */
export interface ExportOptions {
  /**
   * Names for tensors that the function closes over. Tensors without a name become initialisers `weight`, `weight_1`, …
   * @defaultValue the weights of a `LayersModel` by their names, otherwise none
   */
  weights?: Readonly<Record<string, tf.Tensor>> | undefined;
  /**
   * Name of the batch dimension: the first axis of the first input, and of all inputs with the same length. `false` for
   * a file that takes only the shapes of the example.
   * @defaultValue `'N'`
   */
  batch?: string | false | undefined;
  /**
   * Inputs, by name, that the file takes as uint8, as image decoders return them. tfjs has no such type: the
   * example is int32 or float32, and the file casts.
   * @defaultValue none
   */
  uint8?: readonly string[] | undefined;
}

// Batch sizes to record at: too large for special cases, and unlikely sizes for other axes.
const BATCHES = [29, 31, 37];

// Protocol buffers end at 2 GiB.
const MOST_BYTES = 2 ** 31 - 2 ** 20;

/**
 * Writes a function of tensors as an ONNX model (opset 18): its operations as a graph, the tensors it closes over as
 * initialisers, the batch size open. Nothing is computed.
 *
 * @param fn - Any synchronous function from tensors to tensors that has no side effects and reads no values, or a
 * `LayersModel`.
 * @param example - Arguments of `fn`: one tensor (the file's input is `input`), a list (`input_0`, …), or tensors by name.
 * Only their shapes and types matter. Outputs are named in the same way, from `output`. With a `LayersModel`, both have the
 * names of its layers.
 * @returns The bytes of a `.onnx` file.
 * @throws MintError `INVALID_ARGUMENT` if the current backend is not `onnx`, a name is unknown or taken, the function
 * can't be recorded, or something in it depends on the batch size in a way that can't be written; the message names the
 * operator.
 *
 * @example
 * ```ts
 * import { exportOnnx } from '@mint/backend-onnx';
 * import * as tf from '@tensorflow/tfjs-core';
 *
 * await tf.setBackend('onnx');
 * const kernel = tf.randomNormal([3, 2], 0, 1, 'float32', 0);
 * const scores = ({ image }: { image: tf.Tensor }) => ({
 *   score: tf.softmax(tf.matMul(tf.mean(tf.cast(image, 'float32'), [1, 2]), kernel)),
 * });
 * const example = { image: tf.zeros([1, 32, 32, 3], 'int32') };
 * // image: uint8 [N, 32, 32, 3] → score: float32 [N, 2]
 * const file = await exportOnnx(scores, example, { uint8: ['image'], weights: { kernel } });
 * console.log(file.length > 0); // true
 * ```
 */
export async function exportOnnx<T extends Tensors>(
  fn: LayersModelLike | ((inputs: T) => Tensors),
  example: T,
  options: ExportOptions = {},
): Promise<Uint8Array> {
  if (tf.getBackend() !== 'onnx') {
    throw new MintError(
      'INVALID_ARGUMENT',
      `exportOnnx: needs the backend 'onnx', the current one is '${tf.getBackend()}'; await tf.setBackend('onnx') first.`,
    );
  }
  const backend = tf.backend() as OnnxBackend;
  const { batch = 'N', uint8 = [] } = options;
  const model = typeof fn === 'function' ? undefined : fn;
  // Placeholders come in the form of the example.
  const call =
    typeof fn === 'function'
      ? (inputs: Tensors) => fn(inputs as T)
      : (inputs: Tensors) => applyModel(fn, inputs);
  const layerNames = (ends: LayersModelLike['inputs'] | undefined) =>
    ends?.map(({ sourceLayer }) => sourceLayer.name);
  const examples = nameTensors(example, 'input', layerNames(model?.inputs));
  const size = examples[0]?.[1].shape[0];
  if (examples.length === 0)
    throw new MintError('INVALID_ARGUMENT', 'exportOnnx: there is no example input.');
  for (const name of uint8) {
    if (!examples.some(([input]) => input === name))
      throw new MintError(
        'INVALID_ARGUMENT',
        `exportOnnx: \`uint8\` names '${name}', inputs are ${examples.map(([input]) => `'${input}'`).join(', ')}.`,
      );
  }

  const record = (batchSize: number | undefined) =>
    recordFunction(
      backend,
      call,
      example,
      examples,
      examples.map(([, { shape }]) =>
        batchSize !== undefined && shape[0] === size ? [batchSize, ...shape.slice(1)] : shape,
      ),
      layerNames(model?.outputs),
    );
  record(undefined); // caches that the function fills on its first call are filled now
  const dynamic = batch !== false && size !== undefined;
  const batches = dynamic ? BATCHES : [size ?? 1];
  const recordings = batches.map((batchSize) => record(dynamic ? batchSize : undefined));

  const weights = new Map<number, string>();
  const named = options.weights ?? Object.fromEntries(model?.weights.map((w) => [w.name, w.read()]) ?? []);
  for (const [name, tensor] of Object.entries(named)) {
    const data = backend.dataOf(tensor);
    if (data !== undefined) weights.set(data.id, name);
  }
  const graph = exportGraph(recordings, batches, {
    batch: batch === false ? undefined : batch,
    uint8: new Set(uint8),
    weights,
  });
  const bytes = graph.initializers.reduce((sum, { array }) => sum + array.byteLength, 0);
  if (bytes > MOST_BYTES) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `exportOnnx: ${(bytes / 1e9).toFixed(1)} GB of weights; an ONNX file without external data ends at 2 GiB.`,
    );
  }
  return encodeModel(graph);
}

function applyModel(model: LayersModelLike, inputs: Tensors): Tensors {
  const list = inputs instanceof tf.Tensor ? inputs : Object.values(inputs);
  return model.apply(list, { training: false }) as Tensors;
}
