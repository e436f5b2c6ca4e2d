import { expect, test } from 'vitest';
import { golden } from './__fixtures__/golden.js';
import { coordinateGrid } from './index.js';

test('equals PyTorch', () => {
  expect(coordinateGrid(6, 6)).toBeAllClose(golden('expected/coords'), { rtol: 0, atol: 1e-7 });
});

test('goes row by row, y before x, both ends included', () => {
  const want = [-1, -1, -1, 0, -1, 1, 1, -1, 1, 0, 1, 1];
  expect([...coordinateGrid(2, 3).dataSync()]).toEqual(want);
});

test('an axis of size 1 lies in its centre', () => {
  expect([...coordinateGrid(1, 2).dataSync()]).toEqual([0, -1, 0, 1]);
  expect([...coordinateGrid(1, 1).dataSync()]).toEqual([0, 0]);
});

test.each([
  [0, 2, 'coordinateGrid: `rows` must be an integer of at least 1, got 0.'],
  [2, 1.5, 'coordinateGrid: `cols` must be an integer of at least 1, got 1.5.'],
])('rejects %d × %d', (rows, cols, message) => {
  expect(() => coordinateGrid(rows, cols)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', message }),
  );
});
