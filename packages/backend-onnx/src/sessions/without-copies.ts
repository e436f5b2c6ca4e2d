import { messageOf } from '@mint/internal';
import type { GraphDefinition } from '../graph/model-proto.js';
import type { Plan } from '../graph/plan.js';
import { type Dtype, type Shape, sizeOf, type TypedArray } from '../graph/value.js';

/**
 * `onnxruntime-node` writes every output to the given array, and then returns a copy of each: 90 MB in every training step
 * of a small transformer, and a garbage collection for it. It copies after the run, in the order of the model's outputs. So
 * the first output has a type for which it has no arrays, and it stops there. Versions that support this type, or make no
 * copies, work as well.
 */

const STOP = 'stop';
const STOP_TYPE = 'bfloat16';
// TensorProto.DataType, and the binding's message about it.
const STOP_CODE = 16;
const STOPPED = `Tensor type (${STOP_CODE}) is not supported`;

/** The graph with an extra first output, which stops the copies. */
export const withStop = (graph: GraphDefinition): GraphDefinition => ({
  ...graph,
  nodes: [
    ...graph.nodes,
    {
      signature: { id: 0, op: 'Cast', domain: '', attributes: { to: STOP_CODE } },
      inputs: [`${STOP}-source`],
      outputs: [STOP],
    },
  ],
  outputs: [{ name: STOP, dtype: STOP_TYPE, shape: [] }, ...graph.outputs],
  initializers: [
    ...graph.initializers,
    { name: `${STOP}-source`, dtype: 'float32', shape: [], array: new Float32Array(1) },
  ],
});

/** What the binding reads of a tensor. To make one of the package's own takes longer than to add up small tensors. */
export interface PlainTensor {
  readonly type: Dtype;
  readonly dims: Shape;
  readonly data: TypedArray;
  readonly location: 'cpu';
}

export type Tensors = Readonly<Record<string, PlainTensor>>;

/** A session of the binding, by what it takes. */
export interface Session {
  run(feeds: Tensors, fetches: Readonly<Record<string, PlainTensor | null>>, options: object): unknown;
}

// To throw and catch the stop takes about as long as to copy this much.
const CHEAP_BYTES = 64 * 1024;

/** Whether the copies take less time than the stop. */
export const hasCheapCopies = ({ outputs }: Plan): boolean =>
  outputs.reduce((sum, output) => sum + 4 * sizeOf(output.shape), 0) <= CHEAP_BYTES;

/** Runs a session; the results are in the arrays of `fetches`. */
export function run(session: Session, feeds: Tensors, fetches: Tensors): void {
  session.run(feeds, fetches, {});
}

/** Runs a session compiled from {@link withStop}; the results are in the arrays of `fetches`. */
export function runWithoutCopies(session: Session, feeds: Tensors, fetches: Tensors): void {
  try {
    session.run(feeds, { [STOP]: null, ...fetches }, {});
  } catch (error) {
    if (!messageOf(error).includes(STOPPED)) throw error;
  }
}
