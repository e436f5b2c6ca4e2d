import { spawnSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@mint/test-utils';
import { expect, test } from 'vitest';

const root = temporaryFolder();

// A product that is large enough for a session, in a process of its own: the first session of a process decides.
const PRODUCT = `
  import '@mint/backend-onnx';
  import * as tf from '@tensorflow/tfjs-core';
  await tf.setBackend('onnx');
  console.log(tf.matMul(tf.ones([200, 300]), tf.ones([300, 200])).dataSync()[0]);
`;

test('ONNX Runtime leaves nothing behind: no number of this machine, no record of its use', async () => {
  const { ORT_DISABLE_TELEMETRY: _, ...env } = process.env;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--conditions=@mint/source', '--import', 'tsx', '--input-type=module', '-e', PRODUCT],
    { encoding: 'utf8', env: { ...env, HOME: root.path, XDG_CACHE_HOME: root.path, TMPDIR: root.path } },
  );
  expect({ stdout, stderr }).toMatchObject({ stdout: '300\n' });
  const left = await readdir(root.path, { recursive: true });
  expect(left.filter((path) => !join('/', path).includes('tsx'))).toEqual([]);
});
