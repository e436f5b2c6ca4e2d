import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchId, imageKey, majorOf } from './batch.js';
import { batchOfJob, cut, itemsOf, jobName, packed } from './jobs.js';
import { rateOf } from './status.js';

const names = fc.array(fc.string(), { minLength: 1, maxLength: 40 });

test('a list is cut into jobs that together are the list', () => {
  fc.assert(
    fc.property(names, fc.integer({ min: 1, max: 50 }), (items, size) => {
      const cuts = [...cut(items, size)];
      expect(cuts.flatMap((part) => part.items)).toEqual(items);
      expect(cuts.slice(0, -1).every(({ images }) => images === size)).toBe(true);
      const jobs = cuts.map((part, n) => packed('a'.repeat(16), n, part));
      expect(jobs.flatMap(itemsOf)).toEqual(items);
    }),
  );
});

test('a job stores what its items share once', () => {
  const items = Array.from(
    { length: 64 },
    (_, i) => `/share/archive/2026/part-${String(i).padStart(7, '0')}.jpg`,
  );
  const [first] = cut(items, 64, () => '/share/archive');
  const job = packed('0123456789abcdef', 3, first ?? { items: [], images: 0 });
  expect(job).toMatchObject({
    start: '/share/archive/2026/part-00000',
    images: 64,
    sources: { '/share/archive': 64 },
  });
  expect(JSON.stringify(job).length / 64).toBeLessThan(14);
});

test('the same images with the same settings are the same batch, and nothing else is', () => {
  const content = { kind: 'score', out: '/out', settings: { model: 'a' } };
  const id = batchId(content, ['a.png', 'b.png']);
  expect(id).toMatch(/^[0-9a-f]{16}$/);
  expect(batchId(content, ['a.png', 'b.png'])).toBe(id);
  const others = [
    batchId(content, ['b.png', 'a.png']),
    batchId(content, ['a.pngb.png']),
    batchId(content, ['a.png']),
    batchId({ ...content, out: '/elsewhere' }, ['a.png', 'b.png']),
    batchId({ ...content, settings: { model: 'b' } }, ['a.png', 'b.png']),
  ];
  expect(new Set([id, ...others]).size).toBe(6);
  expect(imageKey(id, 'a.png')).not.toBe(imageKey(id, 'b.png'));
});

test('the name of a job names its batch', () => {
  expect(batchOfJob(jobName('0123456789abcdef', 7))).toBe('0123456789abcdef');
  expect(jobName('0123456789abcdef', 7, 2)).toBe('0123456789abcdef-7-again-2');
  expect(majorOf('2.3.4')).toBe('2');
});

test('the rate is that of the last minute', () => {
  const now = 1_000_000;
  const each = (seconds: number[]) => seconds.map((ago) => ({ time: now - 1000 * ago, images: 64 }));
  // Two jobs after the first, in 20 seconds.
  expect(rateOf(each([1, 10, 20]), now)).toBe((2 * 64) / 20);
  expect(rateOf(each([100, 200]), now)).toBe(0);
  expect(rateOf([], now)).toBe(0);
});
