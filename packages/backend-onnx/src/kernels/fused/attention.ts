import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type OnnxBackend, reshape } from '../../backend.js';
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
import { kernel, pointwise, transpose } from '../kernel.js';

/**
 * Attention and its gradient as one kernel each: not tfjs', ours (docs/packages/backend-onnx.md). Images are attended one by one: what
 * belongs to one stays in the processor's cache from the scores to the output. Heads are never laid out by themselves:
 * `FusedMatMul` reads them with a stride.
 */

interface AttentionInputs {
  /** `[B, Nq, heads·d]`, or `[1, Nq, heads·d]` when all images share their queries. */
  readonly q: TensorInfo;
  /** `[B, Nk, heads·d]`, as `v`. */
  readonly k: TensorInfo;
  readonly v: TensorInfo;
  /** `[Nq, Nk]`, added to the scores. */
  readonly mask?: TensorInfo;
  /** `[B, heads, Nq, Nk]`, multiplied onto the weights. */
  readonly dropMask?: TensorInfo;
}

/** Those of the forward kernel, its results with the index of the image, and the gradient of its output. */
type GradientInputs = AttentionInputs & { readonly dy: TensorInfo; readonly y: TensorInfo } & Readonly<
    Record<`weights${number}` | `dropped${number}`, TensorInfo>
  >;

interface Heads {
  readonly heads: number;
}

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

function sizes({ q, k }: AttentionInputs, heads: number) {
  const [batch, nK, width] = k.shape as [number, number, number];
  const nQ = q.shape[1] as number;
  const d = width / heads;
  return {
    batch,
    weights: [heads, nQ, nK],
    query: [nQ, heads, d] as const,
    key: [nK, heads, d] as const,
    queryByHead: [heads, nQ, d],
    keyByHead: [heads, nK, d],
    alpha: { float: 1 / Math.sqrt(d) },
  };
}

const dropMasks = (backend: OnnxBackend, dropMask: TensorInfo | undefined, batch: number, shape: Shape) =>
  dropMask === undefined ? [] : images(backend.plain(dropMask), batch, shape);

const drop = (x: Value, mask: Value | undefined): Value =>
  mask === undefined ? x : pointwise('Mul', [x, mask]);

const softmax = (scores: Value, mask: Value | undefined): Value => {
  const masked = mask === undefined ? scores : pointwise('Add', [scores, mask]);
  return record('Softmax', [masked], masked.shape, 'float32', { axis: masked.shape.length - 1 });
};

/** Attention of the whole batch at once: one graph for all batch sizes, where nothing is kept for a gradient. */
function attendTogether(backend: OnnxBackend, inputs: AttentionInputs, heads: number): Value {
  const { batch, query, key, alpha } = sizes(inputs, heads);
  const [[nQ, , d], [nK]] = [query, key];
  const split = (info: TensorInfo): Value => {
    const [rows, n] = info.shape as [number, number, number];
    return transpose(reshape(backend.plain(info), [rows, n, heads, d]), [0, 2, 1, 3]);
  };
  // Scaled by itself: exported files then hold no operators but ONNX's own.
  const queries = pointwise('Mul', [split(inputs.q), scalar(alpha.float, 'float32')]);
  const scores = product(queries, split(inputs.k), [batch, heads, nQ, nK], { transB: 1 });
  const shares = softmax(scores, inputs.mask && backend.plain(inputs.mask));
  const dropped = drop(shares, inputs.dropMask && backend.plain(inputs.dropMask));
  const output = record('MatMul', [dropped, split(inputs.v)], [batch, heads, nQ, d], 'float32');
  return reshape(transpose(output, [0, 2, 1, 3]), [batch, nQ, heads * d]);
}

export const attentionKernels = [
  /**
   * Returns the output `[B, Nq, heads·d]`. With `keepWeights` there follow each image's weights `[heads, Nq, Nk]`, and
   * the same after dropout.
   */
  kernel<AttentionInputs, Heads & { keepWeights: boolean }>(
    'MintAttention',
    (backend, inputs, { heads, keepWeights }) => {
      const { batch, weights, query, key, queryByHead, alpha } = sizes(inputs, heads);
      if (!keepWeights && batch > 1) return [backend.make(attendTogether(backend, inputs, heads))];
      const part = (info: TensorInfo, shape: Shape) => images(backend.plain(info), batch, shape);
      const [q, k, v] = [part(inputs.q, query), part(inputs.k, key), part(inputs.v, key)];
      const masks = dropMasks(backend, inputs.dropMask, batch, weights);
      const mask = inputs.mask && backend.plain(inputs.mask);
      const shares = q.map((queries, i) => {
        const flags: Flags = { transBatchA: 1, transBatchB: 1, transB: 1, alpha };
        return softmax(product(queries, k[i] as Value, weights, flags), mask);
      });
      const dropped = shares.map((share, i) => drop(share, masks[i]));
      const outputs = dropped.map((share, i) =>
        product(share, v[i] as Value, queryByHead, { transBatchB: 1 }),
      );
      const kept = keepWeights ? [...shares, ...dropped] : [];
      return [together(outputs), ...kept].map((value) => backend.make(value));
    },
  ),
  /**
   * Gradients of `q`, `k` and `v`. With P the weights, D the dropout mask and O the output,
   * `dS = P ∘ (D ∘ dO·vᵀ − rowsum(dO ∘ O))`: the row sum runs over the narrow outputs, not over the weights.
   */
  kernel<GradientInputs, Heads>('MintAttentionGrad', (backend, inputs, { heads }) => {
    const { batch, weights, query, key, queryByHead, keyByHead, alpha } = sizes(inputs, heads);
    const [nQ, , d] = query;
    const part = (info: TensorInfo, shape: Shape) => images(backend.plain(info), batch, shape);
    const [q, k, v] = [part(inputs.q, query), part(inputs.k, key), part(inputs.v, key)];
    const dy = part(inputs.dy, query);
    const masks = dropMasks(backend, inputs.dropMask, batch, weights);
    const products = reshape(pointwise('Mul', [backend.plain(inputs.dy), backend.plain(inputs.y)]), [
      batch,
      nQ,
      heads,
      d,
    ]);
    const sums = record('ReduceSum', [products, integers([3])], [batch, nQ, heads], 'float32', {
      keepdims: 0,
    });
    const deltas = images(transpose(sums, [0, 2, 1]), batch, [heads, nQ, 1]);
    const gradients = dy.map((dO, i) => {
      const [shares, dropped] = [inputs[`weights${i}`], inputs[`dropped${i}`]].map((info) =>
        backend.plain(info as TensorInfo),
      ) as [Value, Value];
      const dShares = product(dO, v[i] as Value, weights, { transBatchA: 1, transBatchB: 1, transB: 1 });
      const centred = pointwise('Sub', [drop(dShares, masks[i]), deltas[i] as Value]);
      const dScores = pointwise('Mul', [shares, centred]);
      return {
        dQ: product(dScores, k[i] as Value, queryByHead, { transBatchB: 1, alpha }),
        dK: product(dScores, q[i] as Value, keyByHead, { transA: 1, transBatchB: 1, alpha }),
        dV: product(dropped, dO, keyByHead, { transA: 1, transBatchB: 1 }),
      };
    });
    const dQ = gradients.map((image) => image.dQ);
    const shared = inputs.q.shape[0] === 1 && batch > 1;
    return [
      shared ? [pointwise('Sum', dQ)] : dQ,
      gradients.map((image) => image.dK),
      gradients.map((image) => image.dV),
    ].map((parts) => backend.make(together(parts)));
  }),
];
