import {
  engine,
  getBackend,
  getKernel,
  type NamedAttrMap,
  type NamedTensorMap,
  type Tensor,
} from '@tensorflow/tfjs-core';

/**
 * Whether the current backend has a kernel that is not tfjs', such as `MintAttention` of `@mint/backend-onnx`. Elsewhere
 * the caller composes it of tfjs' operations.
 */
export const hasKernel = (name: string): boolean => getKernel(name, getBackend()) != null;

/**
 * Runs such a kernel. It has no gradient of its own: call it in `customGrad`, or where none is wanted.
 *
 * @param inputs - By name, or a list.
 */
export const runKernel = (
  name: string,
  inputs: NamedTensorMap | Tensor[],
  attributes: NamedAttrMap = {},
): Tensor[] => engine().runKernel(name, inputs as NamedTensorMap, attributes);

/** Whether a gradient of what is computed now may be asked for. */
export const isTaped = (): boolean => engine().state.gradientDepth > 0;
