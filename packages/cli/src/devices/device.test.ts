import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { proceduralDataset, writeMvtec } from '@mint/data';
import { MintDetector } from '@mint/detector';
import { temporaryFolder } from '@mint/test-utils';
import { tinyConfig } from '@mint/test-utils/tiny-config';
import { expect, test, vi } from 'vitest';
import { mintHere } from '../__fixtures__/run.js';
import { useDevice } from './device.js';

const folder = temporaryFolder();

test('results and features record the device that computed, also under --device auto', async () => {
  const inside = (...path: string[]) => join(folder.path, ...path);
  const dataset = proceduralDataset({ trainPerClass: 1, testGoodPerClass: 1, defectsPerClass: 1, size: 32 });
  await writeMvtec(dataset, inside('parts'));
  await useDevice({ device: 'cpu' }, { say: () => {} });
  const blank = MintDetector.create({
    ...tinyConfig(dataset.classes),
    featureScaling: 'none',
    map: 'distance',
  });
  const calibration = {
    alpha: 0.5,
    thresholds: {},
    heatScales: {},
    heatScale: [0, 4],
    normalScores: { gear: [1] },
    normalMaxima: {},
  } as const;
  const detector = MintDetector.fromState({ ...blank.toState(), calibration });
  await detector.save(inside('model'));
  for (const each of [blank, detector]) each.dispose();

  const run = async (...device: string[]) => {
    const said: string[] = [];
    const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
    const out = inside(`runs${device.join('')}`, 'a');
    const args = ['evaluate', inside('parts'), '--model', inside('model'), '--out', out, '--overlays', '0'];
    const { code } = await mintHere([...args, ...device]).finally(() => write.mockRestore());
    expect(code).toBe(0);
    const { protocol } = JSON.parse(await readFile(join(out, 'metrics.json'), 'utf8'));
    const { out: features } = await mintHere(['cache', 'ls', join(out, '..', 'feature-cache')]);
    const choice = said.find((line) => line.startsWith('device: '));
    return { backend: protocol.backend, features: / (\S+)\n1 settings/.exec(features)?.[1], choice };
  };
  expect(await run()).toEqual({
    backend: 'onnx',
    features: 'onnx',
    choice: 'device: onnx (ONNX Runtime on the CPU): the fastest that needs nothing installed\n',
  });
  expect(await run('--device', 'wasm')).toEqual({ backend: 'wasm', features: 'wasm' });
});
