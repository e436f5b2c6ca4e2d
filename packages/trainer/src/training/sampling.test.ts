import type { Sample } from '@mint/data';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { balancedOrder, batchesOf } from './sampling.js';

const counts = (values: readonly number[]): Map<number, number> => {
  const result = new Map<number, number>();
  for (const value of values) result.set(value, (result.get(value) ?? 0) + 1);
  return result;
};
const spread = (values: Iterable<number>): number => Math.max(...values) - Math.min(...values);

test('every class comes equally often, and so does every image of a class, to within one', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 60 }),
      fc.nat(),
      fc.nat(50),
      (classes, seed, epoch) => {
        const order = balancedOrder(classes, seed, epoch);
        expect(order).toHaveLength(classes.length);
        const perClass = counts(order.map((i) => classes[i] as number));
        expect(perClass.size).toBe(new Set(classes).size);
        expect(spread(perClass.values())).toBeLessThanOrEqual(1);
        for (const k of perClass.keys()) {
          const drawn = counts(order.filter((i) => classes[i] === k));
          const often = classes.flatMap((other, i) => (other === k ? [drawn.get(i) ?? 0] : []));
          expect(spread(often)).toBeLessThanOrEqual(1);
        }
      },
    ),
  );
});

test('over many epochs no image of a class is preferred, nor a class when draws do not divide evenly', () => {
  const classes = [0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 2];
  const drawn = Array.from({ length: 3000 }, (_, epoch) => balancedOrder(classes, 7, epoch)).flat();
  const perImage = counts(drawn);
  // 11 draws an epoch, a third of them to each class; five deviations of a share drawn 3,000 times are under 5 %.
  for (const [k, size] of [
    [0, 7],
    [1, 2],
    [2, 2],
  ] as const)
    for (const [i, other] of classes.entries())
      if (other === k) expect((perImage.get(i) ?? 0) / (11_000 / size)).toBeCloseTo(1, 1);
});

test('batches follow from seed and step alone, in whatever order they are asked for', () => {
  const samples = Array.from({ length: 11 }, (_, i) => {
    const sample: Sample = {
      id: `${i}`,
      className: 'a',
      classIndex: i < 8 ? 0 : 1,
      split: 'train',
      label: 'normal',
    };
    return { sample, contentHash: `${i}`, key: `${i}` };
  });
  for (const balanceClasses of [false, true]) {
    const config = { seed: 5, batchSize: 3, balanceClasses };
    const forwards = batchesOf(samples, config);
    expect(forwards.stepsPerEpoch).toBe(3);
    const ids = (batches: typeof forwards, step: number) => batches.at(step).map(({ key }) => key);
    const all = Array.from({ length: 9 }, (_, step) => ids(forwards, step));
    const backwards = batchesOf(samples, config);
    for (let step = 8; step >= 0; step--) expect(ids(backwards, step)).toEqual(all[step]);
    expect(all.slice(0, 3)).not.toEqual(all.slice(3, 6));
    const other = batchesOf(samples, { ...config, seed: 6 });
    expect(all.map((_, step) => ids(other, step))).not.toEqual(all);
  }
  expect(batchesOf(samples, { seed: 5, batchSize: 99 }).at(0)).toHaveLength(11);
});
