import { MintError } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { type OnnxOptions, setOnnxOptions } from './index.js';
import { onnxOptions } from './options.js';

const fate = (changes: Partial<OnnxOptions>): unknown => {
  try {
    setOnnxOptions(changes);
    return 'accepted';
  } catch (error) {
    return error;
  }
};

test('numbers must be positive integers', () => {
  for (const changes of [{ threads: 0 }, { cacheSessions: 1.5 }, { cacheBytes: -1 }]) {
    const error = fate(changes);
    expect(MintError.isInstance(error) && error.code).toBe('INVALID_ARGUMENT');
    expect(String(error)).toContain(Object.keys(changes)[0]);
  }
});

test('an unknown provider is refused with the known ones', () => {
  const error = fate({ provider: 'tpu' as 'cpu' });
  expect(MintError.isInstance(error) && error.code).toBe('INVALID_ARGUMENT');
  expect(String(error)).toMatch(/cpu, webgpu, cuda, dml, coreml/);
});

test.skipIf(process.platform !== 'linux')(
  'a provider that is not there fails at once, says what it needs and changes nothing',
  async () => {
    const error = fate({ provider: 'coreml', threads: 3 });
    expect(MintError.isInstance(error) && error.code).toBe('UNAVAILABLE');
    expect(String(error)).toMatch(/'coreml' is not available here\. It needs macOS/);
    expect(onnxOptions()).toMatchObject({ provider: 'cpu', threads: undefined });
    await tf.setBackend('onnx');
    expect(await tf.tidy(() => tf.add(1, 1)).data()).toEqual(new Float32Array([2]));
  },
);
