import { statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { temporaryFolder } from '@mint/test-utils';
import { expect, test } from 'vitest';
import { mint } from '../../__fixtures__/run.js';
import { NAMED_DEVICES } from '../../devices/names.js';

const folder = temporaryFolder();

test('mint doctor measures the devices that work, and says what the others need', async () => {
  // A folder without packages, and no Vulkan driver: neither webgpu can start.
  const env = { ...process.env, VK_ICD_FILENAMES: '/nowhere.json', ONNXRUNTIME_NODE_INSTALL: 'skip' };
  const { code, out, err } = await mint(['doctor', '--json'], { cwd: folder.path, env });
  expect(err).toMatch(/trying: 7 devices/);
  const report = JSON.parse(out);
  const { bsize, blocks } = await statfs(folder.path);
  expect(report).toMatchObject({
    node: process.versions.node,
    memory: { total: totalmem() },
    disk: { folder: folder.path },
    onnxRuntime: { bundled: true, installFlag: 'skip' },
    auto: 'onnx',
  });
  expect(report.disk.free).toBeGreaterThan(0);
  expect(report.disk.free).toBeLessThan(bsize * blocks);
  expect(report.devices.map(({ device }: { device: string }) => device)).toEqual(NAMED_DEVICES);
  const of = (name: string) => report.devices.find(({ device }: { device: string }) => device === name);
  expect(of('onnx').providers).toContainEqual({ name: 'cpu', bundled: true });
  // Plain JavaScript does about one GFLOP/s, WebAssembly thirty times as much, native code a hundred times.
  expect(of('cpu').gflops).toBeGreaterThan(0.01);
  for (const name of ['onnx', 'wasm']) expect(of(name).gflops, name).toBeGreaterThan(4 * of('cpu').gflops);
  for (const [device, advice] of [
    ['webgpu', 'npm i webgpu @tensorflow/tfjs-backend-webgpu'],
    ['tensorflow', 'npm i @tensorflow/tfjs-node'],
  ] as const)
    expect(of(device)).toMatchObject({ works: false, reason: expect.stringContaining(advice) });
  if (process.platform === 'linux')
    expect(of('onnx:webgpu')).toMatchObject({
      works: false,
      reason: expect.stringMatching(/ONNX Runtime says: .*Vulkan/),
    });
  expect(code).toBe(0);
});
