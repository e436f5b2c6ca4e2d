// How often the 95 % intervals of AUROC contain the true value: scores of two normal distributions, 4000 draws of images.
//   node --conditions=@mint/source --import tsx bench/coverage.ts
import { Random } from '@mint/internal';
import { aurocInterval } from '../src/index.js';

const random = new Random(5);
console.log('anomalous normal  AUROC  ours   A ± 1.96·SE');
for (const [m, n] of [
  [10, 10],
  [20, 20],
  [60, 20],
  [20, 60],
  [100, 100],
] as const) {
  // The difference of the means and the AUROC it has, Φ(d/√2).
  for (const [distance, truth] of [
    [1.190232, 0.8],
    [1.812388, 0.9],
    [2.326174, 0.95],
    [3.289953, 0.99],
  ] as const) {
    const hits = [0, 0] as [number, number];
    for (let draw = 0; draw < 4000; draw++) {
      const labels = Uint8Array.from({ length: m + n }, (_, i) => Number(i < m));
      const scores = Float64Array.from(labels, (label) => random.normal() + label * distance);
      const { auroc, standardError, interval } = aurocInterval(scores, labels);
      if (interval[0] <= truth && truth <= interval[1]) hits[0]++;
      if (Math.abs(auroc - truth) <= 1.959963984540054 * standardError) hits[1]++;
    }
    const [ours, plain] = hits.map((count) => (count / 4000).toFixed(3));
    console.log(
      `${String(m).padStart(9)} ${String(n).padStart(6)}  ${String(truth).padEnd(5)}  ${ours}  ${plain}`,
    );
  }
}
