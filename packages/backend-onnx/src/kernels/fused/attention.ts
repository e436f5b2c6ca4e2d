import { ATTENTION, ATTENTION_GRADIENT, type TensorsOf } from '@mint/internal/nn';
import { reshape } from '../../graph/layout.js';
import {
  integers,
  known,
  makeData,
  record,
  recordMany,
  type Shape,
  scalar,
  sizeOf,
  type Value,
} from '../../graph/value.js';
import { onnxOptions } from '../../options.js';
import { pointwise, transpose } from '../kernel.js';
import { fusedKernel } from './fused-kernel.js';

/**
 * Attention and its gradient, one kernel each (docs/packages/backend-onnx.md). Images are attended one by one: what
 * belongs to one image stays in the processor's cache from the scores to the output. Heads are never laid out by
 * themselves: `FusedMatMul` reads them with a stride.
 */

type AttentionInputs = TensorsOf<typeof ATTENTION.inputs, Value>;

interface Flags {
  transA?: 1;
  transB?: 1;
  transBatchA?: 1;
  transBatchB?: 1;
  alpha?: { float: number };
}

const product = (a: Value, b: Value, shape: Shape, flags: Flags): Value =>
  record('FusedMatMul', [a, b], shape, 'float32', { ...flags });

/** The images of a batch, each in `shape`; one image stands for all where the batch is 1. */
function images(x: Value, batch: number, shape: Shape): Value[] {
  if (x.shape[0] === 1) return Array<Value>(batch).fill(reshape(x, shape));
  if (x.data !== undefined) {
    const { array, dtype } = x.data;
    x.data.reusable = false; // the images share its memory
    const size = sizeOf(shape);
    return Array.from({ length: batch }, (_, i) =>
      known(shape, dtype, makeData(array.subarray(i * size, (i + 1) * size), dtype, false)),
    );
  }
  const [rows = 0, ...others] = shape;
  const stacked = reshape(x, [batch * rows, ...others]);
  const lengths = Array<number>(batch).fill(rows);
  const part = { shape, dtype: x.dtype };
  return recordMany('Split', [stacked, integers(lengths)], Array(batch).fill(part), { axis: 0 });
}

/** `[heads, N, d]` of each image to `[B, N, heads·d]`. */
function together(parts: readonly Value[]): Value {
  const [first] = parts as [Value, ...Value[]];
  const [heads, n, d] = first.shape as [number, number, number];
  const rows = parts.map((part) => transpose(part, [1, 0, 2]));
  const stacked =
    rows.length === 1
      ? (rows[0] as Value)
      : record('Concat', rows, [rows.length * n, heads, d], 'float32', { axis: 0 });
  return reshape(stacked, [rows.length, n, heads * d]);
}

/** Sizes that both kernels need. */
function sizes({ q, k }: AttentionInputs, heads: number) {
  const [batch, nK, width] = k.shape as [number, number, number];
  const [, nQ] = q.shape as [number, number, number];
  const d = width / heads;
  return {
    batch,
    weights: [heads, nQ, nK],
    query: [nQ, heads, d] as const,
    key: [nK, heads, d] as const,
    queryByHead: [heads, nQ, d],
    keyByHead: [heads, nK, d],
  };
}

const dropMasks = (dropMask: Value | undefined, batch: number, shape: Shape): Value[] =>
  dropMask === undefined ? [] : images(dropMask, batch, shape);

const drop = (x: Value, mask: Value | undefined): Value =>
  mask === undefined ? x : pointwise('Mul', [x, mask]);

const softmax = (scores: Value, mask: Value | undefined): Value => {
  const masked = mask === undefined ? scores : pointwise('Add', [scores, mask]);
  return record('Softmax', [masked], masked.shape, 'float32', { axis: masked.shape.length - 1 });
};

/** Attention of the whole batch at once: one graph for all batch sizes, where nothing is kept for a gradient. */
function attendTogether(inputs: AttentionInputs, heads: number, scale: number): Value {
  const { batch, query, key } = sizes(inputs, heads);
  const [[nQ, , d], [nK]] = [query, key];
  const split = (x: Value): Value => {
    const [rows, n] = x.shape as [number, number, number];
    return transpose(reshape(x, [rows, n, heads, d]), [0, 2, 1, 3]); // [B, heads, N, d]
  };
  // Scaled by itself: exported files then hold no operators but ONNX's own.
  const queries = pointwise('Mul', [split(inputs.q), scalar(scale, 'float32')]);
  const scores = product(queries, split(inputs.k), [batch, heads, nQ, nK], { transB: 1 });
  const dropped = drop(softmax(scores, inputs.mask), inputs.dropMask);
  const output = record('MatMul', [dropped, split(inputs.v)], [batch, heads, nQ, d], 'float32');
  return reshape(transpose(output, [0, 2, 1, 3]), [batch, nQ, heads * d]);
}

/** ONNX Runtime's own attention, which never has all weights in memory. Where there is a mask it is slower than products. */
function attendInOne({ q, k, v }: AttentionInputs, heads: number, scale: number): Value {
  const attributes = { num_heads: heads, scale: { float: scale } };
  return record('MultiHeadAttention', [q, k, v], q.shape, 'float32', attributes);
}

const fitsInOne = ({ q, k, mask, dropMask }: AttentionInputs): boolean =>
  mask === undefined &&
  dropMask === undefined &&
  q.shape[0] === k.shape[0] &&
  onnxOptions().provider === 'cpu';

export const attentionKernels = [
  fusedKernel(ATTENTION, (inputs, { heads, scale, keepWeights }) => {
    if (!keepWeights && fitsInOne(inputs))
      return { output: attendInOne(inputs, heads, scale), weights: [], dropped: [] };
    const { batch, weights, query, key, queryByHead } = sizes(inputs, heads);
    if (!keepWeights && batch > 1)
      return { output: attendTogether(inputs, heads, scale), weights: [], dropped: [] };
    const [q, k, v] = [
      images(inputs.q, batch, query),
      images(inputs.k, batch, key),
      images(inputs.v, batch, key),
    ];
    const masks = dropMasks(inputs.dropMask, batch, weights);
    const flags: Flags = { transBatchA: 1, transBatchB: 1, transB: 1, alpha: { float: scale } };
    const shares = q.map((queries, i) =>
      softmax(product(queries, k[i] as Value, weights, flags), inputs.mask),
    );
    const dropped = shares.map((share, i) => drop(share, masks[i]));
    const outputs = dropped.map((share, i) => product(share, v[i] as Value, queryByHead, { transBatchB: 1 }));
    const output = together(outputs);
    return keepWeights ? { output, weights: shares, dropped } : { output, weights: [], dropped: [] };
  }),
  /**
   * With P the weights, D the dropout mask and O the output, `dS = P ∘ (D ∘ dO·vᵀ − rowsum(dO ∘ O))`: the row sum runs
   * over the narrow outputs, not over the weights.
   */
  fusedKernel(ATTENTION_GRADIENT, (inputs, { heads, scale }) => {
    const { batch, weights, query, key, queryByHead, keyByHead } = sizes(inputs, heads);
    const [nQ, , d] = query;
    const [q, k, v] = [
      images(inputs.q, batch, query),
      images(inputs.k, batch, key),
      images(inputs.v, batch, key),
    ];
    const alpha = { float: scale };
    const masks = dropMasks(inputs.dropMask, batch, weights);
    const products = reshape(pointwise('Mul', [inputs.dy, inputs.output]), [batch, nQ, heads, d]);
    const sums = record('ReduceSum', [products, integers([3])], [batch, nQ, heads], 'float32', {
      keepdims: 0,
    });
    const deltas = images(transpose(sums, [0, 2, 1]), batch, [heads, nQ, 1]);
    const gradients = images(inputs.dy, batch, query).map((dO, i) => {
      const dShares = product(dO, v[i] as Value, weights, { transBatchA: 1, transBatchB: 1, transB: 1 });
      const centred = pointwise('Sub', [drop(dShares, masks[i]), deltas[i] as Value]);
      const dScores = pointwise('Mul', [inputs.weights[i] as Value, centred]);
      const dropped = inputs.dropped[i] as Value;
      return {
        dq: product(dScores, k[i] as Value, queryByHead, { transBatchB: 1, alpha }),
        dk: product(dScores, q[i] as Value, keyByHead, { transA: 1, transBatchB: 1, alpha }),
        dv: product(dropped, dO, keyByHead, { transA: 1, transBatchB: 1 }),
      };
    });
    const dq = gradients.map((image) => image.dq);
    const shared = inputs.q.shape[0] === 1 && batch > 1;
    return {
      dq: together(shared ? [pointwise('Sum', dq)] : dq),
      dk: together(gradients.map((image) => image.dk)),
      dv: together(gradients.map((image) => image.dv)),
    };
  }),
];
