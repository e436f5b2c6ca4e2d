import type { Sample } from '@mint/data';
import { expect, test } from 'vitest';
import { foldsOf } from './cross-fit.js';

const sample = (classIndex: number): Sample => ({
  id: 'x',
  className: `class ${classIndex}`,
  classIndex,
  split: 'train',
  label: 'normal',
});

test('tiles and variants of an image are in its part: a model of the others has seen nothing of it', () => {
  const samples = [0, 1, 2, 3, 4, 5].flatMap((image) =>
    [0, 1, 2].map((variant) => ({
      sample: sample(image % 2),
      contentHash: `image ${image}`,
      key: `${image} ${variant}`,
    })),
  );
  const folds = foldsOf(samples);
  const of = (image: number) =>
    new Set(samples.filter(({ contentHash }) => contentHash === `image ${image}`).map((s) => folds.get(s)));
  for (let image = 0; image < 6; image++) expect(of(image).size).toBe(1);
  expect([of(0), of(2), of(4)].map((set) => [...set][0])).toEqual([0, 1, 2]);
});

test('the only image of a class has no part, however many tiles it has', () => {
  const samples = [0, 1, 2].map((tile) => ({ sample: sample(0), contentHash: 'one', key: `${tile}` }));
  expect(foldsOf(samples).size).toBe(0);
});
