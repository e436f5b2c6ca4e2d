import type { AttributeSlots, KernelContract, OutputSlots, TensorSlots } from './kernel-contract.js';

/** Keeps the kinds of the slots as literal types. */
const contract = <const I extends TensorSlots, const A extends AttributeSlots, const O extends OutputSlots>(
  declaration: KernelContract<I, A, O>,
): KernelContract<I, A, O> => declaration;

/** `(softmax(scale·q·kᵀ + mask) ∘ dropMask)·v`, head by head; the heads lie side by side in the last axis. */
export const ATTENTION = contract({
  name: 'MintAttention',
  inputs: {
    q: 'tensor', // [B, Nq, d], or [1, Nq, d] when all images share their queries
    k: 'tensor', // [B, Nk, d]
    v: 'tensor', // [B, Nk, d]
    mask: 'tensor?', // [Nq, Nk], added to the scores
    dropMask: 'tensor?', // [B, h, Nq, Nk], multiplied onto the weights
  },
  attributes: { heads: 'number', scale: 'number', keepWeights: 'boolean' },
  outputs: {
    output: 'tensor', // [B, Nq, d]
    weights: 'tensor[]', // of each image, [h, Nq, Nk]; empty without keepWeights
    dropped: 'tensor[]', // the same after dropout
  },
});

/** Gradients of {@link ATTENTION}, from its inputs, its outputs with `keepWeights`, and the gradient `dy` of its output. */
export const ATTENTION_GRADIENT = contract({
  name: 'MintAttentionGrad',
  inputs: { ...ATTENTION.inputs, ...ATTENTION.outputs, dy: 'tensor' },
  attributes: { heads: 'number', scale: 'number' },
  outputs: { dq: 'tensor', dk: 'tensor', dv: 'tensor' },
});

/** x·Φ(x), the exact GELU (Hendrycks and Gimpel 2016). */
export const GELU = contract({
  name: 'MintGelu',
  inputs: { x: 'tensor' },
  attributes: {},
  outputs: { y: 'tensor' }, // the shape of x
});

/** `(x − mean)·inverse·gamma + beta` with `inverse = 1/√(variance + epsilon)`, over the last axis. */
export const LAYER_NORM = contract({
  name: 'MintLayerNorm',
  inputs: {
    x: 'tensor', // [..., d]
    gamma: 'tensor', // [d]
    beta: 'tensor', // [d]
  },
  attributes: { epsilon: 'number' },
  outputs: {
    y: 'tensor', // the shape of x
    mean: 'tensor', // [rows, 1]
    inverse: 'tensor', // [rows, 1]
  },
});

/** Gradients of {@link LAYER_NORM}; `dy` is that of `y`. */
export const LAYER_NORM_GRADIENT = contract({
  name: 'MintLayerNormGrad',
  inputs: { dy: 'tensor', x: 'tensor', gamma: 'tensor', mean: 'tensor', inverse: 'tensor' },
  attributes: {},
  outputs: { dx: 'tensor', dGamma: 'tensor', dBeta: 'tensor' },
});

/**
 * One AdamW step of many weights, the gradients clipped to a global norm. With `size = lr/(1 − β₁ᵗ)`, the step size goes
 * into the denominator: `w·decay − m/(√v·root + epsilon)`.
 */
export const ADAMW = contract({
  name: 'MintAdamW',
  inputs: {
    root: 'tensor', // scalar, 1/√(1 − β₂ᵗ)/size
    epsilon: 'tensor', // scalar, ε/size
    decay: 'tensor', // scalar, 1 − lr·weightDecay
    weights: 'tensor[]',
    gradients: 'tensor[]', // of the shapes of the weights, as the moments
    first: 'tensor[]',
    second: 'tensor[]',
  },
  attributes: { beta1: 'number', beta2: 'number', clipNorm: 'number?' },
  outputs: { weights: 'tensor[]', first: 'tensor[]', second: 'tensor[]' },
});
