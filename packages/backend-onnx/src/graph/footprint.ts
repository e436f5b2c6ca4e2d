import { MintError, messageOf } from '@mint/internal';
import type { Plan } from './plan.js';
import { type Dtype, type Node, sizeOf, type Value } from './value.js';

const ELEMENT_BYTES: Record<Dtype, number> = {
  float32: 4,
  int32: 4,
  bool: 1,
  int64: 8,
  float64: 8,
  int8: 1,
  uint8: 1,
};

const bytesOf = (value: Value): number => sizeOf(value.shape) * ELEMENT_BYTES[value.dtype];

/** The value whose memory this one shares: a reshaped one lies where it was. */
function rootOf(value: Value): Value {
  let root = value;
  while (root.node?.signature.op === 'Reshape' && root.node.inputs[0] !== undefined)
    root = root.node.inputs[0];
  return root;
}

/** The most bytes that results of operators take at one time, if each is freed after its last use. */
export function workingBytes({ nodes, outputs }: Plan): number {
  const lastUse = new Map<Value, number>();
  const inputsOf = ({ inputs }: Node): Set<Value> =>
    new Set(inputs.flatMap((input) => (input?.node === undefined ? [] : [rootOf(input)])));
  nodes.forEach((node, at) => {
    for (const input of inputsOf(node)) lastUse.set(input, at);
  });
  for (const output of outputs) lastUse.delete(rootOf(output)); // in arrays of the backend, freed by nobody here
  let [bytes, peak] = [0, 0];
  nodes.forEach((node, at) => {
    for (const output of node.outputs) if (lastUse.has(output)) bytes += bytesOf(output);
    peak = Math.max(peak, bytes);
    for (const input of inputsOf(node)) if (lastUse.get(input) === at) bytes -= bytesOf(input);
  });
  return peak;
}

const NAMED_TENSORS = 3;

function formatBytes(bytes: number): string {
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** ONNX Runtime's error for a graph, with the tensors that are likely to blame when memory ran out. */
export function graphFailure(plan: Plan, cause: unknown): MintError {
  const results = plan.nodes.flatMap(({ signature, outputs }) =>
    outputs.map((value) => ({ value, what: signature.op })),
  );
  const inputs = plan.feeds.map((value) => ({ value, what: 'a known tensor' }));
  const largest = [...results, ...inputs]
    .sort((a, b) => bytesOf(b.value) - bytesOf(a.value))
    .slice(0, NAMED_TENSORS)
    .map(({ value, what }) => `[${value.shape}] ${value.dtype} of ${what} (${formatBytes(bytesOf(value))})`);
  return new MintError(
    'COMPUTE_FAILED',
    `onnx backend: a graph of ${plan.nodes.length} operators failed: ${messageOf(cause)}. ` +
      `Its largest tensors: ${largest.join(', ')}.`,
    { cause },
  );
}
