import { expect, test } from 'vitest';
import { thresholdTable } from './threshold-table.js';

test('a class whose limits do without suspects says which rate they keep if all of them are good', () => {
  const scores = Array.from({ length: 45 }, (_, i) => i);
  const table = thresholdTable({
    alpha: 0.05,
    thresholds: { nut: { image: 1, pixel: 2 }, gear: { image: 1, pixel: 2 } },
    heatScales: {},
    heatScale: [0, 1],
    normalScores: { nut: scores, gear: scores },
    normalMaxima: { nut: scores, gear: scores },
    leftOut: { nut: 3 },
  });
  const [, nut = '', gear = ''] = table.split('\n');
  expect(nut).toContain('; without 3 suspects: up to 0.11 false alarms if they are good');
  expect(gear).not.toContain('suspect');
});
