import { expect, test } from 'vitest';
import { deriveSeed, Random } from './index.js';

test('uniform and normal numbers have the moments they should', () => {
  const random = new Random(7);
  const n = 200_000;
  let [sum, sum2, sum4, mean] = [0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    mean += random.uniform() / n;
    const z = random.normal();
    sum += z / n;
    sum2 += (z * z) / n;
    sum4 += z ** 4 / n;
  }
  expect(mean).toBeCloseTo(0.5, 2);
  expect(sum).toBeCloseTo(0, 1);
  expect(sum2).toBeCloseTo(1, 1);
  expect(sum4).toBeCloseTo(3, 0);
});

test('a restored state continues with the same numbers', () => {
  const a = new Random(1);
  for (let i = 0; i < 10; i++) a.uint32();
  const b = new Random(a.state);
  expect([b.uint32(), b.normal(), b.int(9)]).toEqual([a.uint32(), a.normal(), a.int(9)]);
});

test('seeds of different purposes differ, also for large seeds and look-alike labels', () => {
  const seeds = [
    deriveSeed(1, 'a'),
    deriveSeed(1, 'b'),
    deriveSeed(2, 'a'),
    deriveSeed(1 + 2 ** 32, 'a'),
    deriveSeed(1, 1),
    deriveSeed(1, '1'),
  ];
  expect(new Set(seeds).size).toBe(seeds.length);
});

test('shuffle keeps the items and reaches every order', () => {
  const random = new Random(3);
  const orders = new Set(Array.from({ length: 300 }, () => random.shuffle([1, 2, 3, 4]).join()));
  expect(orders.size).toBe(24);
});
