import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MintDetector } from '@mint/detector';
import { MintError } from '@mint/internal';
import { temporaryFolder } from '@mint/test-utils';
import { tinyConfig } from '@mint/test-utils/tiny-config';
import { featureCacheOf } from '@mint/trainer';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { differenceOf, type TinyTraining, tinyTraining } from './__fixtures__/tiny-training.js';
import { useDevice } from './device.js';
import { vectorFeatures } from './machine.js';
import { matMulSpeed } from './measure.js';
import type { NamedDevice } from './names.js';
import { openDevice } from './open.js';
import { type Importer, importOptional } from './optional-package.js';
import { autoOf, probeDevice } from './survey.js';

/** A module like tfjs-node: on import it registers a backend `tensorflow` with its kernels, without gradients. */
function tfjsNode(name: string, isUsingGpuDevice = false): Importer {
  return async (wanted) => {
    if (wanted !== name) return undefined;
    tf.registerBackend('tensorflow', () => Object.assign(new MathBackendCPU(), { isUsingGpuDevice }), 3);
    if (tf.getKernelsForBackend('tensorflow').length === 0) tf.copyRegisteredKernels('cpu', 'tensorflow');
    return { version: { 'tfjs-node': '4.22.0' } };
  };
}

const nothing: Importer = async () => undefined;
const failure = async (device: NamedDevice, optional: Importer): Promise<string> => {
  const fate = await useDevice({ device }, { say: () => {} }, (name) => openDevice(name, optional)).catch(
    (e) => e,
  );
  expect(MintError.isInstance(fate) && fate.code).toBe('UNAVAILABLE');
  return fate.message;
};

afterEach(() => {
  for (const { kernelName } of tf.getKernelsForBackend('tensorflow'))
    tf.unregisterKernel(kernelName, 'tensorflow');
  if ('tensorflow' in tf.engine().registryFactory) tf.removeBackend('tensorflow');
});

describe('a training step', () => {
  let cpu: TinyTraining;
  beforeAll(async () => {
    await openDevice('cpu');
    cpu = await tinyTraining('mint-ad', 1);
  });

  test.each(['onnx', 'wasm'] as const)('on %s equals that on cpu', async (device) => {
    expect(await useDevice({ device }, { say: () => {} })).toBe(device);
    const { loss, weights } = differenceOf(await tinyTraining('mint-ad', 1), cpu);
    expect(loss).toBeLessThan(1e-5);
    expect(weights).toBeLessThan(1e-3);
  });

  test('on tensorflow runs on the backend that tfjs-node registers', async () => {
    const open = (device: NamedDevice) => openDevice(device, tfjsNode('@tensorflow/tfjs-node'));
    expect(await useDevice({ device: 'tensorflow' }, { say: () => {} }, open)).toBe('tensorflow');
    expect(tf.getBackend()).toBe('tensorflow');
    const { losses, weights } = await tinyTraining('mint-ad', 1);
    expect(losses).toEqual(cpu.losses);
    expect(weights).toEqual(cpu.weights);
  });
});

describe('--device auto', () => {
  const opener = (broken: Partial<Record<NamedDevice, Error>>) => async (device: NamedDevice) => {
    const error = broken[device];
    if (error !== undefined) throw error;
    return `what ${device} is`;
  };
  const auto = async (broken: Partial<Record<NamedDevice, Error>>) => {
    const said: string[] = [];
    const device = await useDevice({ device: 'auto' }, { say: (text) => said.push(text) }, opener(broken));
    return { device, said };
  };

  test('chooses onnx and says why in one line', async () => {
    expect(await auto({})).toEqual({
      device: 'onnx',
      said: ['device: onnx (what onnx is): the fastest that needs nothing installed'],
    });
  });

  test('falls back to a device that works, and says which ones do not', async () => {
    const onnx = new MintError('UNAVAILABLE', 'no build for this system. Use another.');
    expect(await auto({ onnx })).toEqual({
      device: 'wasm',
      said: [
        'device: wasm (what wasm is): --device onnx does not work here: no build for this system. Use another.',
      ],
    });
    expect((await auto({ onnx, wasm: new Error('no WebAssembly') })).said).toEqual([
      'device: cpu (what cpu is): --device onnx does not work here: no build for this system. Use another. ' +
        '--device wasm does not work here: no WebAssembly. `mint doctor` lists what works.',
    ]);
  });

  test('never chooses a graphics card, whose driver may be broken', () => {
    const speed = { works: true, what: '', gflops: 1e6, size: 4096 } as const;
    const fast = [
      { device: 'onnx:cuda', ...speed },
      { device: 'webgpu', ...speed },
    ] as const;
    expect(autoOf([...fast, { device: 'wasm', ...speed, gflops: 1 }])).toBe('wasm');
    expect(autoOf(fast)).toBeUndefined();
  });
});

describe('a device that does not work here says why and what to do', () => {
  test('packages that are not installed', async () => {
    expect(await failure('tensorflow', nothing)).toBe(
      '--device tensorflow does not work here: @tensorflow/tfjs-node is not installed. ' +
        'Install with `npm i @tensorflow/tfjs-node`, in the current folder or beside mint.',
    );
    expect(await failure('webgpu', nothing)).toMatch(
      /not installed\. Install with `npm i webgpu @tensorflow/,
    );
  });

  test('tfjs-node without its library, and tfjs-node that fails at the first tensor', async () => {
    const unbuilt = await failure('tensorflow', async (name) => {
      if (name === '@tensorflow/tfjs-node') throw new Error("Cannot find module 'tfjs_binding.node'");
      return undefined;
    });
    expect(unbuilt).toMatch(
      /tfjs-node failed: .*tfjs_binding\.node'\. .*`npm rebuild @tensorflow\/tfjs-node`/,
    );
    const tooNew = await failure('tensorflow', async (name) => {
      const found = await tfjsNode('@tensorflow/tfjs-node-gpu')(name);
      if (found === undefined) return undefined;
      tf.unregisterKernel('Add', 'tensorflow');
      tf.registerKernel({
        kernelName: 'Add',
        backendName: 'tensorflow',
        kernelFunc: () => {
          throw new TypeError('util_1.isNullOrUndefined is not a function');
        },
      });
      return found;
    });
    expect(tooNew).toMatch(
      /tfjs-node-gpu failed: util_1\.isNull.* is not a function\. It works on Node 20 and 22/,
    );
  });

  test('no graphics card for WebGPU', async () => {
    const dawn = { create: () => ({ requestAdapter: async () => null }), globals: {} };
    expect(await failure('webgpu', async (name) => (name === 'webgpu' ? dawn : undefined))).toMatch(
      /WebGPU does not find a graphics card\. Install its driver/,
    );
  });
});

test('tensorflow says which package it is and whether it found a graphics card', async () => {
  const gpu = '@tensorflow/tfjs-node-gpu';
  expect(await openDevice('tensorflow', tfjsNode(gpu, true))).toBe(`${gpu}, on a graphics card`);
  tf.removeBackend('tensorflow');
  expect(await openDevice('tensorflow', tfjsNode(gpu))).toBe(`${gpu}, on the CPU`);
});

test('WebGPU is available before its backend is loaded; a driver that refuses work ends the process', async () => {
  const gpu = { requestAdapter: async () => ({ info: { description: 'driver 5' } }) };
  let refuse = (_event: { error: { message: string } }) => {};
  const device = {
    addEventListener: (_type: string, listener: typeof refuse) => {
      refuse = listener;
    },
  };
  let found: unknown;
  const packages: Importer = async (name) => {
    if (name === 'webgpu') return { create: () => gpu, globals: { GPUFake: 7 } };
    found = [Reflect.get(navigator, 'gpu'), Reflect.get(globalThis, 'GPUFake')];
    tf.registerBackend('webgpu', () => Object.assign(new MathBackendCPU(), { device }));
    return {};
  };
  try {
    expect(await openDevice('webgpu', packages)).toBe('WebGPU on driver 5');
    expect(found).toEqual([gpu, 7]);
    expect(() => refuse({ error: { message: 'Too many buffers.\n - While' } })).toThrow(
      /refused work: Too many buffers\. - While Update the driver, or use another --device/,
    );
  } finally {
    tf.removeBackend('webgpu');
    Reflect.deleteProperty(navigator, 'gpu');
  }
});

test('features of different devices are kept apart, even with the same backend', async () => {
  await openDevice('cpu');
  const detector = MintDetector.create(tinyConfig(['a', 'b']));
  const key = 'ab'.repeat(32);
  const missing = async (device: string) => {
    const cache = featureCacheOf(folder.path, detector, { device });
    return (await cache.read([key])).missing;
  };
  const written = featureCacheOf(folder.path, detector, { device: 'onnx' });
  await written.write(key, new Float32Array([1, 2]), [2]);
  await written.flush();
  expect([await missing('onnx'), await missing('onnx:webgpu')]).toEqual([[], [0]]);
  detector.dispose();
});

const folder = temporaryFolder();

test('optional packages are found in the current folder', async () => {
  await folder.write(
    ['node_modules/mint-optional/package.json', '{"name": "mint-optional", "main": "main.cjs"}'],
    ['node_modules/mint-optional/main.cjs', 'exports.found = 3;'],
    ['node_modules/mint-broken/index.js', 'throw new Error("broken inside");'],
  );
  const cwd = vi.spyOn(process, 'cwd').mockReturnValue(folder.path);
  try {
    expect(await importOptional('mint-optional')).toMatchObject({ found: 3 });
    await expect(importOptional('mint-broken')).rejects.toThrow('broken inside');
    expect(await importOptional('mint-absent')).toBeUndefined();
  } finally {
    cwd.mockRestore();
  }
});

describe('measuring', () => {
  test('a product of matrices is compared with its true value', async () => {
    await openDevice('tensorflow', tfjsNode('@tensorflow/tfjs-node'));
    const { gflops, size } = await matMulSpeed();
    expect(size).toBeGreaterThanOrEqual(128);
    expect(gflops).toBeGreaterThan(0);
    const { kernelFunc } = tf.getKernel('BatchMatMul', 'tensorflow');
    tf.unregisterKernel('BatchMatMul', 'tensorflow');
    tf.registerKernel({
      kernelName: 'BatchMatMul',
      backendName: 'tensorflow',
      // One element in 16,384 is wrong.
      kernelFunc: (params) => {
        const [out] = [kernelFunc(params)].flat();
        const values = (params.backend as MathBackendCPU).readSync(out?.dataId ?? {}) as Float32Array;
        values[7] = (values[7] ?? 0) * 5000;
        return out ?? [];
      },
    });
    await expect(matMulSpeed()).rejects.toThrow(
      /it computes wrong numbers: .* 128 × 128 .* Update its driver/,
    );
    tf.unregisterKernel('BatchMatMul', 'tensorflow');
  });

  test('a process that hangs, crashes or stays silent is reported as such', async () => {
    const answer = async (code: string, limitMs = 20_000) => {
      const path = join(folder.path, 'probe.mjs');
      await writeFile(path, code);
      return probeDevice(pathToFileURL(path), 'webgpu', limitMs);
    };
    expect(await answer('setInterval(() => {}, 1000);', 500)).toEqual({
      works: false,
      reason: 'it did not answer within 0.5 s. Update its driver, or use another device.',
    });
    expect(
      await answer(
        'console.error("driver: lost"); process.kill(process.pid, "SIGSEGV"); setInterval(() => {}, 1000);',
      ),
    ).toEqual({
      works: false,
      reason: 'its process crashed (SIGSEGV): driver: lost. Update its driver, or use another device.',
    });
    expect(await answer('process.exit(3)')).toMatchObject({
      reason: 'its process crashed (exit code 3). Update its driver, or use another device.',
    });
    const works = { works: true, what: 'x', gflops: 2, size: 128 };
    expect(await answer(`process.send({ ...${JSON.stringify(works)}, what: process.argv[2] })`)).toEqual({
      ...works,
      what: 'webgpu',
    });
  });
});

test('vector instructions are read from /proc/cpuinfo on x86 and ARM', () => {
  const x86 =
    'processor\t: 0\nflags\t\t: fpu sse4_2 avx512f avx2 avx fma\nbugs\t\t: sysret\nprocessor\t: 1\nflags\t\t: fpu';
  expect(vectorFeatures(x86)).toEqual(['sse4_2', 'avx', 'avx2', 'fma', 'avx512f']);
  expect(vectorFeatures('processor : 0\nFeatures : fp asimd sve\n')).toEqual(['asimd', 'sve']);
  expect(vectorFeatures('')).toEqual([]);
});
