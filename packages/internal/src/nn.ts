export { type AttentionOptions, attention, maskedAttention } from './nn/attention.js';
export { customGradient } from './nn/custom-gradient.js';
export { type FeedForwardOptions, type FeedForwardWeights, feedForward } from './nn/feed-forward.js';
export {
  type AttributeSlots,
  type AttributesOf,
  hasKernel,
  type KernelContract,
  listOutputs,
  nameInputs,
  type OutputSlots,
  runKernel,
  type TensorSlots,
  type TensorsOf,
} from './nn/kernel-contract.js';
export { ADAMW, ATTENTION, ATTENTION_GRADIENT, GELU, LAYER_NORM, LAYER_NORM_GRADIENT } from './nn/kernels.js';
export { layerNorm } from './nn/layer-norm.js';
