import { evaluateClasses } from '@mint/metrics';
import { expect, test } from 'vitest';
import { metricsTable } from './index.js';

test('has a row for each class, the mean and the pool; a dash where a metric is not defined', () => {
  const size = { width: 2, height: 1 };
  const image = (className: string, score: number, anomalous: boolean, mask?: Uint8Array) => ({
    className,
    score,
    anomalous,
    map: Float32Array.of(score, 1),
    size,
    ...(mask === undefined ? {} : { mask }),
  });
  const metrics = evaluateClasses([
    image('bottle', 0, false),
    image('bottle', 2, true, Uint8Array.of(1, 0)),
    image('bottle', 3, false),
    image('metal_nut', 1, false),
    image('metal_nut', 5, true),
    image('\u001b[31mred\n', 4, false),
  ]);
  expect(metricsTable(metrics).split('\n')).toEqual([
    'class       good  anomalous  image AUROC     AP  F1-max  pixel AUROC     AP  F1-max  AUPRO',
    '----------  ----  ---------  -----------  -----  ------  -----------  -----  ------  -----',
    'bottle         2          1        0.500  0.500   0.667        0.800  0.500   0.667  0.333',
    'metal_nut      1          1        1.000  1.000   1.000            –      –       –      –',
    '?[31mred?      1          0            –      –       –            –      –       –      –',
    '----------  ----  ---------  -----------  -----  ------  -----------  -----  ------  -----',
    'class mean                         0.750  0.750   0.833        0.800  0.500   0.667  0.333',
    'pooled         4          2        0.750  0.750   0.667        0.800  0.500   0.667  0.333',
  ]);
});

test('widens for long class names', () => {
  const perClass = { 'a very long class name': { imageAuroc: 0.12345, normal: 1234567, anomalous: 2 } };
  const table = metricsTable({ perClass, classMean: {}, pooled: { normal: 0, anomalous: 0 } });
  const lines = table.split('\n');
  expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  expect(lines[2]).toMatch(/^a very long class name {2}1234567 {10}2 {8}0\.123 /);
});

test('prints the protocol below, hashes cut, control characters gone', () => {
  const protocol = {
    protocol: 'own',
    seed: 3,
    splitHash: 'ab'.repeat(32),
    classes: ['nut', '\u001b[31mred'],
  };
  const table = metricsTable({ perClass: {}, classMean: {}, pooled: { normal: 0, anomalous: 0 } }, protocol);
  expect(table.split('\n').at(-1)).toBe(
    'protocol: own | seed: 3 | splitHash: abababababab | classes: nut; ?[31mred',
  );
});
