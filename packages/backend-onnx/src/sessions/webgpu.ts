import type { Node } from '../graph/value.js';

/** Whether the pads before and after an axis differ, [before each axis, after each axis]. */
const lopsided = ({ signature }: Node): boolean => {
  const pads = signature.attributes.pads;
  return Array.isArray(pads) && pads.some((pad, i) => pad !== pads[(i + pads.length / 2) % pads.length]);
};

/**
 * Operators that ONNX Runtime 1.30 can't run on WebGPU, or gets wrong there; they run on the CPU. Found by the
 * conformance tests (`npm run test:webgpu`): try without an entry when ONNX Runtime is upgraded.
 */
const ON_CPU: Record<string, (node: Node) => boolean> = {
  Conv: lopsided,
  MaxPool: ({ outputs }) => outputs.length > 1,
  ConvTranspose: ({ signature, outputs }) =>
    Number(signature.attributes.group ?? 1) > 1 || outputs[0]?.shape.length !== 4,
  // A shader binds at most eight buffers.
  Split: ({ outputs }) => outputs.length > 7,
  Slice: ({ inputs }) => Array.from(inputs[4]?.data?.array ?? [], Number).some((step) => step < -1),
};

/** Indices in a plan of the operators that must not run on WebGPU. */
export const cpuNodes = (nodes: readonly Node[]): number[] =>
  nodes.flatMap((node, i) => (ON_CPU[node.signature.op]?.(node) === true ? [i] : []));
