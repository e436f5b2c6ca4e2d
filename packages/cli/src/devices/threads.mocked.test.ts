import * as onnx from '@mint/backend-onnx';
import { beforeEach, expect, test, vi } from 'vitest';
import { useDevice } from './device.js';

vi.mock(import('@mint/backend-onnx'), async (original) => {
  const all = await original();
  return { ...all, setOnnxOptions: vi.fn(all.setOnnxOptions) };
});
const told = vi.mocked(onnx.setOnnxOptions);
beforeEach(() => void told.mockClear());

test.each(['onnx', 'auto'] as const)('--threads is passed to ONNX Runtime: --device %s', async (device) => {
  await useDevice({ device, threads: 3 }, { say: () => {} });
  expect(told.mock.calls).toEqual([[{ provider: 'cpu' }], [{ threads: 3 }]]);
});

test('without --threads ONNX Runtime decides; other devices ignore the flag', async () => {
  await useDevice({ device: 'onnx' }, { say: () => {} });
  await useDevice({ device: 'cpu', threads: 3 }, { say: () => {} });
  expect(told.mock.calls).toEqual([[{ provider: 'cpu' }]]);
});
