import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  auPimo,
  auPro,
  aurocInterval,
  auSPro,
  compareAuroc,
  minMaxThresholdMetrics,
  precisionRecallCurve,
  rocCurve,
} from './index.js';

// Results of __fixtures__/make_reference.py: numpy, scipy and scikit-learn on the same inputs.
const reference: {
  delong: {
    input: [number, number, number, number];
    aurocs: [number, number];
    standardErrors: [number, number];
    intervals: [number, number][];
    interval: [number, number];
    pValue: number;
  }[];
  curves: {
    input: [number, number, number, number];
    roc: [fpr: number[], tpr: number[]];
    pr: [precision: number[], recall: number[], thresholds: number[]];
  }[];
  stacks: {
    input: [number, number, number, number, number, number];
    saturations: number[];
    spro: Record<string, number>;
    pro: Record<string, number>;
    pimo: Record<string, number[]>;
    ader: { mF1: number; mAcc: number; mIou: number };
  }[];
} = JSON.parse(readFileSync(new URL('./__fixtures__/reference.json', import.meta.url), 'utf8'));

function draw(seed: number, i: number, n: number): number {
  const h = Math.imul(i + 1, 2654435761) + seed * 40503;
  return (Math.imul(h, 2246822519) >>> 8) % n;
}

function samples(seed: number, count: number, levels: number, lift: number) {
  const labels = Array.from({ length: count }, (_, i) => Number(draw(seed, i, 3) === 0));
  return { labels, scores: labels.map((label, i) => draw(seed + 1, i, levels) + lift * label) };
}

function stack(seed: number, images: number, width: number, height: number, levels: number, lift: number) {
  const pixels = width * height;
  const masks = new Uint8Array(images * pixels);
  const defects: { image: number; mask: Uint8Array }[] = [];
  for (let image = 0; image < images; image++) {
    for (const k of image % 3 === 0 ? [] : [10 * image, 10 * image + 1]) {
      const [top, left] = [draw(seed, k, height - 3), draw(seed + 1, k, width - 4)];
      const [rows, columns] = [2 + draw(seed + 2, k, 3), 2 + draw(seed + 3, k, 4)];
      const mask = Uint8Array.from({ length: pixels }, (_, i) => {
        const [x, y] = [i % width, Math.floor(i / width)];
        return Number(y >= top && y < top + rows && x >= left && x < left + columns);
      });
      mask.forEach((value, i) => {
        if (value === 1) masks[image * pixels + i] = 1;
      });
      defects.push({ image, mask });
    }
  }
  const maps = Float32Array.from(masks, (mask, i) => (draw(seed + 4, i, levels) + lift * mask) / 8);
  return { maps, masks, defects, size: { width, height } };
}

const near = (got: number, want: number, tolerance = 1e-12) =>
  expect(Math.abs(got - want)).toBeLessThanOrEqual(tolerance);

describe.each(reference.delong)('DeLong equals all pairs, $input', ({ input, ...want }) => {
  const [seed, count, levels, lift] = input;
  const { scores: a, labels } = samples(...input);
  const b = samples(seed + 100, count, levels, 0).scores.map((s, i) => s + (lift * (labels[i] ?? 0)) / 2);

  test('standard error and interval', () => {
    [a, b].forEach((scores, i) => {
      const got = aurocInterval(scores, labels);
      const [auroc, standardError] = [want.aurocs[i] ?? 0, want.standardErrors[i] ?? 0];
      expect(got.method).toBe('delong');
      near(got.auroc, auroc);
      near(got.standardError, standardError);
      near(got.interval[0], want.intervals[i]?.[0] ?? 0);
      near(got.interval[1], want.intervals[i]?.[1] ?? 0);
    });
  });

  test('paired test', () => {
    const got = compareAuroc(a, b, labels);
    near(got.difference, want.aurocs[0] - want.aurocs[1]);
    near(got.interval[0], want.interval[0]);
    near(got.interval[1], want.interval[1]);
    near(got.pValue, want.pValue);
  });
});

describe.each(reference.curves)('curves equal scikit-learn, $input', ({ input, roc, pr }) => {
  const { scores, labels } = samples(...input);

  test('ROC: the same polyline, without points on its straight pieces', () => {
    const { fpr, tpr, thresholds } = rocCurve(scores, labels);
    const points = (x: Iterable<number>, y: ArrayLike<number>) =>
      new Set([...x].map((value, i) => `${value.toFixed(12)} ${y[i]?.toFixed(12)}`));
    const [got, want] = [points(fpr, tpr), points(...roc)];
    for (const point of got) expect(want).toContain(point);
    // A corner is where the direction changes: those must be there.
    const corners = [...roc[0].keys()].filter((i) => {
      const [x0, x1, x2] = [roc[0][i - 1], roc[0][i] ?? 0, roc[0][i + 1]];
      const [y0, y1, y2] = [roc[1][i - 1], roc[1][i] ?? 0, roc[1][i + 1]];
      if (x0 === undefined || x2 === undefined || y0 === undefined || y2 === undefined) return true;
      return Math.abs((x1 - x0) * (y2 - y1) - (x2 - x1) * (y1 - y0)) > 1e-12;
    });
    for (const i of corners) expect(got).toContain(`${roc[0][i]?.toFixed(12)} ${roc[1][i]?.toFixed(12)}`);
    expect(thresholds[0]).toBe(Number.POSITIVE_INFINITY);
  });

  test('precision and recall at every threshold that is kept', () => {
    const { precision, recall, thresholds } = precisionRecallCurve(scores, labels);
    thresholds.forEach((threshold, i) => {
      const at = pr[2].indexOf(threshold);
      near(precision[i] ?? 0, pr[0][at] ?? Number.NaN);
      near(recall[i] ?? 0, pr[1][at] ?? Number.NaN);
    });
    // Only thresholds that add no anomalous sample are left out.
    const levels = (values: Iterable<number>) => new Set(Array.from(values, (r) => r.toFixed(12)));
    expect(levels([0, ...recall])).toEqual(levels([0, ...pr[1]]));
  });
});

describe.each(reference.stacks)('pixel metrics equal a threshold sweep, $input', ({ input, ...want }) => {
  const { maps, masks, defects, size } = stack(...input);

  test.each(Object.entries(want.pro))('AUPRO to %s', (limit, value) => {
    near(auPro(maps, masks, size, { fprLimit: Number(limit) }), value);
  });

  test.each(Object.entries(want.spro))('AU-sPRO to %s', (limit, value) => {
    const saturated = defects.map((defect, d) => ({ ...defect, saturation: want.saturations[d] ?? 0 }));
    near(auSPro(maps, saturated, size, { fprLimit: Number(limit) }), value);
  });

  test.each(Object.entries(want.pimo))('AUPIMO in %s', (bounds, values) => {
    const [low = 0, high = 0] = bounds.split(' ').map(Number);
    const got = auPimo(maps, masks, size, { fprBounds: [low, high] });
    expect(got.perImage).toHaveLength(values.length);
    values.forEach((value, i) => {
      near(got.perImage[i] ?? 0, value);
    });
    near(got.mean, values.reduce((sum, value) => sum + value, 0) / values.length);
  });

  test('thresholds on min-max scores', () => {
    const got = minMaxThresholdMetrics(maps, masks);
    for (const name of ['mF1', 'mAcc', 'mIou'] as const) near(got[name], want.ader[name], 1e-7);
  });
});
