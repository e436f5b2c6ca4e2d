import { afterEach, expect, test, vi } from 'vitest';
import { Latency, percentile } from './latency.js';

afterEach(() => vi.restoreAllMocks());

test('percentiles are by nearest rank', () => {
  const values = Array.from({ length: 20 }, (_, i) => 20 - i);
  expect([0.5, 0.95, 1].map((share) => percentile(values, share))).toEqual([10, 19, 20]);
  expect(percentile([7], 0.95)).toBe(7);
});

test('counts each batch from when work on it could begin: reading beside the batch before is free', () => {
  const latency = new Latency();
  const clock = vi.spyOn(performance, 'now');
  const batch = (began: number, done: number) => {
    clock.mockReturnValue(done);
    latency.add(8, began);
  };
  batch(0, 900); // compiles
  batch(100, 1100); // read beside the first: 200
  batch(2000, 2100); // came later: 100
  expect(latency.summary(8)).toBe(
    '24 images, 20.0 per second; per batch of up to 8: first 900 ms, p50 100 ms, p95 200 ms',
  );
});

test('one batch has a time and no percentiles', () => {
  const latency = new Latency();
  vi.spyOn(performance, 'now').mockReturnValue(50.06);
  latency.add(1, 0);
  expect(latency.summary(1)).toBe('1 images, 20.0 per second; per image: first 50.1 ms');
});
