import { expect, test } from 'vitest';
import { Recent } from './recent.js';

const picture = {
  width: 10,
  height: 10,
  pixels: new Uint8Array(300),
  heat: new Uint8Array(100),
  frame: [0, 0, 10, 10],
} as const;
const decision = (id: number, points = 0) => ({
  id,
  time: 0,
  station: 'line-3',
  source: 'a.png',
  imageHash: '',
  decision: 'ok' as const,
  milliseconds: 1,
  regions: [{ outline: [Array.from({ length: points }, () => [0, 0] as const)] }],
});

test('forgets the oldest when its bytes are used up, outlines counted', async () => {
  const recent = new Recent(10_000);
  for (let id = 1; id <= 20; id++) recent.add(decision(id), picture);
  expect(recent.after(0, 100).decisions.map(({ id }) => id)).toEqual([20, 19, 18, 17]);
  expect(recent.bytes).toBeLessThanOrEqual(10_000);
  expect(await recent.pngsOfRecorded(16)).toBeUndefined();
  const before = recent.bytes;
  expect((await recent.pngsOfRecorded(20))?.image.subarray(1, 4)).toEqual(new TextEncoder().encode('PNG'));
  expect(recent.bytes).not.toBe(before); // compressed in place
  recent.add(decision(21, 70), picture);
  expect(recent.after(0, 100).decisions.map(({ id }) => id)).toEqual([21]);
  // One that is larger than all the room is not kept.
  recent.add(decision(22, 1000), picture);
  expect(recent.after(0, 100)).toEqual({ decisions: [], last: 22 });
  expect(recent.bytes).toBe(0);
});

test('holds at most 500 decisions', () => {
  const recent = new Recent();
  for (let id = 1; id <= 600; id++) recent.add(decision(id), picture);
  expect(recent.after(0, 1000).decisions).toHaveLength(500);
});
