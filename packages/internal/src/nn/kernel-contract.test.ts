import { expect, test } from 'vitest';
import { listOutputs, nameInputs } from './kernel-contract.js';

test('a list of tensors is found by its numbered names, in any order', () => {
  const slots = { x: 'tensor', mask: 'tensor?', weights: 'tensor[]' } as const;
  const given = { weights1: 4, x: 1, weights0: 3 };
  expect(nameInputs(slots, given)).toEqual({ x: 1, mask: undefined, weights: [3, 4] });
  expect(nameInputs(slots, { x: 1, mask: 2 })).toEqual({ x: 1, mask: 2, weights: [] });
});

test('results come in the order of the contract, whatever that of the object', () => {
  const slots = { y: 'tensor', weights: 'tensor[]', dropped: 'tensor[]' } as const;
  expect(listOutputs(slots, { dropped: [4, 5], weights: [2, 3], y: 1 })).toEqual([1, 2, 3, 4, 5]);
});
