import type { Calibration } from '@mint/detector';
import { Random } from '@mint/internal';
import { expect, test } from 'vitest';
import { driftWatch } from './drift-watch.js';

const random = new Random(1);
const draw = (n: number, centre: number) => Array.from({ length: n }, () => centre + random.normal());
const calibration: Calibration = {
  alpha: 0.1,
  thresholds: {},
  heatScales: {},
  heatScale: [0, 1],
  normalScores: { nut: draw(30, 5), bolt: draw(30, 5) },
  normalMaxima: {},
  normalOodScores: { nut: draw(30, 1), bolt: draw(30, 1) },
  normalBrightness: { nut: draw(30, 100), bolt: draw(30, 100) },
};
const image = (brightness: number) => ({
  score: 5 + random.normal(),
  oodScore: 1 + random.normal(),
  brightness: brightness + random.normal(),
});

test('reports once what has changed, in which class and on what evidence; says nothing about other classes', () => {
  const said: string[] = [];
  const { add: watch, state } = driftWatch(calibration, (text) => said.push(text));
  for (let i = 0; i < 60; i++) watch('nut', image(100));
  expect(said).toEqual([]);
  expect(state()).toHaveLength(6);
  expect(state()).toContainEqual({
    class: 'bolt',
    of: 'score',
    images: 0,
    evidence: 1,
    reportedFrom: 300,
    drifted: false,
  });
  for (let i = 0; i < 60; i++) {
    watch('nut', image(104));
    watch('bolt', image(100));
  }
  expect(said).toEqual([
    expect.stringMatching(
      /^note: after (6[6-9]|7\d) images, the brightness of nut differs from that in training \(evidence [3-9]\d\d : 1\)/,
    ),
  ]);
  // The report stays with its evidence.
  const [drifted, ...others] = state().filter((one) => one.drifted);
  expect(others).toEqual([]);
  expect(drifted).toMatchObject({ class: 'nut', of: 'brightness' });
  expect(drifted?.evidence).toBeGreaterThanOrEqual(300);
  expect(state().find((one) => one.class === 'bolt')?.images).toBe(60);
});

test('watches only the measures that the model has, and only classes that it knows', () => {
  const said: string[] = [];
  const { normalBrightness: _, normalOodScores: _none, ...scoresOnly } = calibration;
  const { add: watch } = driftWatch(scoresOnly, (text) => said.push(text));
  for (let i = 0; i < 60; i++) watch('nut', { ...image(150), score: 12 });
  watch('washer', image(1));
  expect(said).toEqual([expect.stringContaining('the score of nut')]);
  driftWatch(undefined, (text) => said.push(text)).add('nut', image(0));
  expect(said).toHaveLength(1);
});

test('starts again after 10,000 images of a class, so that its memory stays bounded', () => {
  const said: string[] = [];
  const { add: watch } = driftWatch(calibration, (text) => said.push(text));
  for (let i = 0; i < 10_020; i++) watch('nut', image(100));
  expect(said).toEqual([]);
  for (let i = 0; i < 60; i++) watch('nut', image(104));
  expect(said).toEqual([expect.stringMatching(/^note: after [3-7]\d images, the brightness of nut/)]);
});
