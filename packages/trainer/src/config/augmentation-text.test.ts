import { expect, test } from 'vitest';
import { augmentationText } from '../index.js';

test('in a fixed order, without what changes nothing', () => {
  const augment = { copies: 2, rotate: 10, brightness: 0, flip: false, mirror: true, quarterTurns: true };
  expect(augmentationText(augment)).toBe('mirror,quarterTurns,rotate=10,copies=2');
});
