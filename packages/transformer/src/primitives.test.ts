import { Random } from '@mint/internal';
import { attention, feedForward } from '@mint/internal/nn';
import { expectNoLeak, numericGradient } from '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { type AttentionOptions, additiveMask, layerNorm, maskedAttention } from './index.js';

const draw = (shape: number[], seed: number): tf.Tensor => {
  const random = new Random(seed);
  return tf.tensor(
    Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => random.normal()),
    shape,
  );
};

describe('layerNorm()', () => {
  const [x, gamma, beta, weight] = [draw([2, 3, 5], 1), draw([5], 2), draw([5], 3), draw([2, 3, 5], 4)];

  test('has mean 0 and deviation 1 before gain and bias', () => {
    const y = layerNorm(x, tf.ones([5]), tf.zeros([5]));
    expect(tf.mean(y, -1)).toBeAllClose(tf.zeros([2, 3]), { atol: 1e-6 });
    expect(tf.mean(tf.square(y), -1)).toBeAllClose(tf.ones([2, 3]), { rtol: 1e-3 });
  });

  test.each([0, 1, 2])('gradient of argument %i equals finite differences', (argument) => {
    const args: [tf.Tensor, tf.Tensor, tf.Tensor] = [x, gamma, beta];
    const f = (v: tf.Tensor) => {
      const changed = args.map((arg, i) => (i === argument ? v : arg)) as typeof args;
      return tf.sum(tf.mul(weight, layerNorm(...changed))) as tf.Scalar;
    };
    const point = args[argument] as tf.Tensor;
    expect(tf.grad(f)(point)).toBeAllClose(tf.tensor(numericGradient(f, point), point.shape), {
      rtol: 1e-2,
      atol: 5e-3,
    });
  });

  test('epsilon is added to the variance', () => {
    const variance = tf.mean(tf.square(tf.sub(x, tf.mean(x, -1, true))), -1, true);
    const want = tf.div(tf.sub(x, tf.mean(x, -1, true)), tf.sqrt(tf.add(variance, 0.5)));
    expect(layerNorm(x, tf.ones([5]), tf.zeros([5]), 0.5)).toBeAllClose(want, { rtol: 1e-4, atol: 1e-6 });
  });

  test('leaks nothing', () => expectNoLeak(() => layerNorm(x, gamma, beta)));
});

describe('maskedAttention()', () => {
  // B 2, heads 3, queries 5, keys 7, width 2.
  const [q, k, v] = [draw([2, 3, 5, 2], 5), draw([2, 3, 7, 2], 6), draw([2, 3, 7, 2], 7)] as [
    tf.Tensor4D,
    tf.Tensor4D,
    tf.Tensor4D,
  ];
  const random = new Random(8);
  const dropMask = tf.tensor(
    Float32Array.from({ length: 210 }, () => (random.uniform() < 0.3 ? 0 : 1 / 0.7)),
    [2, 3, 5, 7],
  );
  const mask = tf.tensor2d(
    Float32Array.from({ length: 35 }, (_, i) => (i % 3 === 0 ? -1e9 : 0)),
    [5, 7],
  );

  test('equals the formula written out', () => {
    const scores = tf.add(tf.div(tf.matMul(q, k, false, true), Math.sqrt(2)), mask);
    const want = tf.matMul(tf.mul(tf.softmax(scores), dropMask), v);
    expect(maskedAttention(q, k, v, { mask, dropMask })).toBeAllClose(want);
  });

  test.each([
    ['query', 0],
    ['key', 1],
    ['value', 2],
  ] as const)('gradient of the %s equals finite differences, with mask and dropout', (_name, argument) => {
    const weight = draw([2, 3, 5, 2], 9);
    const args: [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D] = [q, k, v];
    const f = (x: tf.Tensor) => {
      const changed = args.map((arg, i) => (i === argument ? x : arg)) as typeof args;
      return tf.sum(tf.mul(weight, maskedAttention(...changed, { mask, dropMask }))) as tf.Scalar;
    };
    const point = args[argument];
    expect(tf.grad(f)(point)).toBeAllClose(tf.tensor(numericGradient(f, point), point.shape), {
      rtol: 1e-2,
      atol: 5e-3,
    });
  });

  test('a query that the batch shares gives the values of its copies, and the sum of their gradients', () => {
    const shared = draw([1, 3, 5, 2], 10) as tf.Tensor4D;
    const copies = tf.tile(shared, [2, 1, 1, 1]);
    const loss = (x: tf.Tensor) => tf.sum(tf.square(maskedAttention(x as tf.Tensor4D, k, v))) as tf.Scalar;
    expect(loss(shared)).toBeAllClose(loss(copies), { rtol: 1e-5 });
    expect(tf.grad(loss)(shared)).toBeAllClose(tf.sum(tf.grad(loss)(copies), 0, true), {
      rtol: 1e-4,
      atol: 1e-5,
    });
  });

  test('a masked key changes nothing', () => {
    const blocked = additiveMask([1, 7], [1, 1]);
    const queries = draw([2, 3, 7, 2], 11) as tf.Tensor4D;
    const before = maskedAttention(queries, k, v, { mask: blocked });
    // Window 1 blocks each token's own key and value: changing token 4 must leave query 4 as it was.
    const bump = tf.tensor(
      Float32Array.from({ length: 7 }, (_, i) => (i === 4 ? 9 : 0)),
      [1, 1, 7, 1],
    );
    const after = maskedAttention(queries, tf.add(k, bump), tf.add(v, bump), { mask: blocked });
    const row = (x: tf.Tensor4D, i: number) => tf.slice(x, [0, 0, i, 0], [-1, -1, 1, -1]);
    expect(row(after, 4)).toBeAllClose(row(before, 4), { rtol: 0, atol: 0 });
    expect(row(after, 3)).not.toBeAllClose(row(before, 3), { rtol: 0, atol: 1e-3 });
  });

  test('leaks nothing', () => expectNoLeak(() => maskedAttention(q, k, v, { mask, dropMask })));
});

describe('attention()', () => {
  // B 3, heads 2 of width 5, queries 7, keys 11.
  const [heads, d] = [2, 5];
  const [q, k, v] = [draw([3, 7, 10], 20), draw([3, 11, 10], 21), draw([3, 11, 10], 22)] as [
    tf.Tensor3D,
    tf.Tensor3D,
    tf.Tensor3D,
  ];
  const random = new Random(23);
  const dropMask = tf.tensor(
    Float32Array.from({ length: 462 }, () => (random.uniform() < 0.3 ? 0 : 1 / 0.7)),
    [3, 2, 7, 11],
  );
  const mask = tf.tensor2d(
    Float32Array.from({ length: 77 }, (_, i) => (i % 3 === 0 ? -1e9 : 0)),
    [7, 11],
  );
  /** The formula, head by head, of tfjs' own operations. */
  const formula = (
    q: tf.Tensor,
    k: tf.Tensor,
    v: tf.Tensor,
    mask?: tf.Tensor,
    dropMask?: tf.Tensor,
    scale = 1 / Math.sqrt(d),
  ): tf.Tensor => {
    const outputs = Array.from({ length: heads }, (_, head) => {
      const [qh, kh, vh] = [q, k, v].map((x) => tf.slice(x, [0, 0, head * d], [-1, -1, d])) as [
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
      ];
      const batch = kh.shape[0] ?? 1;
      const queries = qh.shape[0] === batch ? qh : tf.tile(qh, [batch, 1, 1]);
      const scores = tf.mul(tf.matMul(queries, kh, false, true), scale);
      const shares = tf.softmax(mask === undefined ? scores : tf.add(scores, mask));
      const kept =
        dropMask === undefined
          ? shares
          : tf.mul(shares, tf.squeeze(tf.slice(dropMask, [0, head, 0, 0], [-1, 1, -1, -1]), [1]));
      return tf.matMul(kept, vh);
    });
    return tf.concat(outputs, 2);
  };

  test.each([
    ['three images', 3],
    ['one image', 1],
  ])('equals the formula: %s', (_name, batch) => {
    const [a, b, c] = [q, k, v].map((x) => tf.slice(x, [0, 0, 0], [batch, -1, -1])) as [
      tf.Tensor3D,
      tf.Tensor3D,
      tf.Tensor3D,
    ];
    expect(attention(a, b, c, heads)).toBeAllClose(formula(a, b, c), { rtol: 1e-4 });
    expect(attention(a, b, c, heads, { mask })).toBeAllClose(formula(a, b, c, mask), { rtol: 1e-4 });
    const scaled = formula(a, b, c, undefined, undefined, 0.1);
    expect(attention(a, b, c, heads, { scale: 0.1 })).toBeAllClose(scaled, { rtol: 1e-4, atol: 1e-6 });
    const drops = tf.slice(dropMask, [0, 0, 0, 0], [batch, -1, -1, -1]);
    expect(attention(a, b, c, heads, { mask, dropMask: drops })).toBeAllClose(formula(a, b, c, mask, drops), {
      rtol: 1e-4,
    });
  });

  test.each([
    ['with mask and dropout', q, { mask, dropMask }],
    ['without', q, {}],
    ['with a scale', q, { scale: 0.1 }],
    ['with one query for all images', draw([1, 7, 10], 24) as tf.Tensor3D, { mask, dropMask }],
  ] as const)('gradients equal those of the formula, %s', (_name, query, options) => {
    const weight = draw([3, 7, 10], 25);
    const loss = (compute: (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor) => tf.Tensor) =>
      tf.grads((...args: tf.Tensor[]) => {
        const [a, b, c] = args as [tf.Tensor, tf.Tensor, tf.Tensor];
        return tf.sum(tf.mul(weight, compute(a, b, c)));
      })([query, k, v]);
    const { mask: m, dropMask: drops, scale }: AttentionOptions = options;
    // The masks are gone when gradients are taken.
    const copies = () => ({ mask: m && tf.add(m, 0), dropMask: drops && tf.add(drops, 0), scale });
    const got = loss((a, b, c) =>
      tf.tidy(() => attention(a as tf.Tensor3D, b as tf.Tensor3D, c as tf.Tensor3D, heads, copies())),
    );
    const want = loss((a, b, c) => formula(a, b, c, m, drops, scale));
    got.forEach((gradient, i) => {
      expect(gradient, `argument ${i}`).toBeAllClose(want[i] as tf.Tensor, { rtol: 1e-3, atol: 1e-5 });
    });
  });

  test('leaks nothing, with and without a gradient', () => {
    expectNoLeak(() => attention(q, k, v, heads, { mask }));
    expectNoLeak(() =>
      tf.grad((x) => tf.sum(attention(x as tf.Tensor3D, k, v, heads, { mask, dropMask })))(q),
    );
  });
});

describe('feedForward()', () => {
  const x = draw([7, 3], 30) as tf.Tensor2D;
  const [kernel1, bias1] = [draw([3, 11], 31), draw([11], 32)];
  const [kernel2, bias2] = [draw([11, 3], 33), draw([3], 34)];
  const random = new Random(35);
  const dropMask = tf.tensor2d(
    Float32Array.from({ length: 77 }, () => (random.uniform() < 0.3 ? 0 : 1 / 0.7)),
    [7, 11],
  );
  const gelu = (x: tf.Tensor) => tf.mul(x, tf.mul(0.5, tf.add(1, tf.erf(tf.div(x, Math.SQRT2)))));
  const activations = { relu: (x: tf.Tensor) => tf.relu(x), gelu };

  test('gelu has the values of PyTorch', () => {
    // torch.nn.functional.gelu(torch.tensor([-2., -1., -0.5, 0., 0.5, 1., 2.]))
    const want = [-0.0455003, -0.1586553, -0.1542688, 0, 0.3457312, 0.8413447, 1.9544997];
    const identity = { kernel1: tf.eye(7), bias1: tf.zeros([7]), kernel2: tf.eye(7), bias2: tf.zeros([7]) };
    const x = tf.tensor2d([[-2, -1, -0.5, 0, 0.5, 1, 2]]);
    expect(feedForward(x, identity, { activation: 'gelu' })).toBeAllClose(tf.tensor2d([want]), {
      rtol: 1e-5,
      atol: 1e-6,
    });
  });

  test('tokens of a batch are rows', () => {
    const weights = { kernel1, bias1, kernel2, bias2 };
    const batch = feedForward(tf.reshape(x, [1, 7, 3]), weights, { dropMask });
    expect(batch.shape).toEqual([1, 7, 3]);
    const rows = feedForward(x, weights, { dropMask });
    expect(tf.reshape(batch, [7, 3])).toBeAllClose(rows, { rtol: 0, atol: 0 });
  });

  test.each(['relu', 'gelu'] as const)(
    'equals the formula with %s, and so do its gradients',
    (activation) => {
      const formula = (x: tf.Tensor, w1: tf.Tensor, b1: tf.Tensor, w2: tf.Tensor, b2: tf.Tensor) => {
        const inner = tf.mul(activations[activation](tf.add(tf.matMul(x, w1), b1)), dropMask);
        return tf.add(tf.matMul(inner, w2), b2);
      };
      const weights = { kernel1, bias1, kernel2, bias2 };
      const y = feedForward(x, weights, { activation, dropMask });
      expect(y).toBeAllClose(formula(x, kernel1, bias1, kernel2, bias2));
      const weight = draw([7, 3], 36);
      const args = [x, kernel1, bias1, kernel2, bias2];
      const gradients = (compute: (...args: tf.Tensor[]) => tf.Tensor) =>
        tf.grads((...given: tf.Tensor[]) => tf.sum(tf.mul(weight, compute(...given))))(args);
      const got = gradients((...given) => {
        const [a, w1, b1, w2, b2] = given as [tf.Tensor2D, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
        // The mask is gone when gradients are taken.
        const weights = { kernel1: w1, bias1: b1, kernel2: w2, bias2: b2 };
        return tf.tidy(() => feedForward(a, weights, { activation, dropMask: tf.add(dropMask, 0) }));
      });
      const want = gradients((...given) =>
        formula(...(given as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor])),
      );
      got.forEach((gradient, i) => {
        expect(gradient, `argument ${i}`).toBeAllClose(want[i] as tf.Tensor, { rtol: 1e-4, atol: 1e-5 });
      });
    },
  );

  test.each(['relu', 'gelu'] as const)('leaks nothing with %s', (activation) =>
    expectNoLeak(() => feedForward(x, { kernel1, bias1, kernel2, bias2 }, { activation })),
  );
});
