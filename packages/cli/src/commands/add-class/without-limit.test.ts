import { expect, test } from 'vitest';
import { withoutLimitNote } from './without-limit.js';

const scores = (count: number) => Array.from({ length: count }, (_, i) => i);
const limits = { image: 1, pixel: 2, ood: 3 };

test('names the classes that never call an image unknown, and the rate that would give all of them a limit', () => {
  const calibration = {
    thresholds: { nut: limits },
    normalScores: { nut: scores(30), cookie: scores(5), cubes: scores(13) },
  };
  expect(withoutLimitNote(calibration, ['cookie', 'nut', 'cubes'], 'm')).toMatch(
    /taken for cookie or cubes are not.*`mint calibrate m --alpha 0\.167` gives them one\.$/,
  );
  expect(withoutLimitNote(calibration, ['nut'], 'm')).toBeUndefined();
});

test('without any held-out image no rate helps', () => {
  expect(withoutLimitNote({ thresholds: {}, normalScores: {} }, ['nut'], 'm')).toMatch(
    /Hold out good images/,
  );
});
