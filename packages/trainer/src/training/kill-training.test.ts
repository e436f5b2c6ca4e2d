import { temporaryFolder } from '@mint/test-utils';
import { expect, test } from 'vitest';
import { killTrainings } from '../__fixtures__/kill-trainings.js';

const folder = temporaryFolder();

test('a training that is killed and resumed ends bit-equal to one that is not', async () => {
  const { kills, wrong } = await killTrainings(folder.path, { backend: 'onnx', kills: 3, seed: 1 });
  expect(wrong).toEqual([]);
  // Killed at work, not only while they start.
  expect(kills.writing + kills.pruning + kills.between).toBeGreaterThan(0);
}, 300_000); // each kill costs a new process that trains on: 20 s on a quiet machine
