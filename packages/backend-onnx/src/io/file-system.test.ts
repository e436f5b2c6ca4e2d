import '@mint/test-utils';
import '../index.js';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { MintError } from '@mint/internal';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, layers, loadLayersModel, sequential } from '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fileSystem } from '../index.js';

let folder = '';

beforeEach(async () => {
  await tf.setBackend('onnx');
  folder = await mkdtemp(join(tmpdir(), 'mint-io-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

function smallModel(): LayersModel {
  const model = sequential({
    layers: [layers.dense({ units: 4, inputShape: [3], activation: 'tanh' }), layers.dense({ units: 2 })],
  });
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  return model;
}

async function predictions(model: LayersModel): Promise<number[]> {
  const result = tf.tidy(() => model.predict(tf.tensor2d([0.5, -1, 2], [1, 3])) as tf.Tensor);
  return [...(await result.data())];
}

/** Edits the model.json of a saved model. */
async function edit(
  change: (json: { weightsManifest: unknown; modelTopology: unknown }) => void,
): Promise<void> {
  const path = join(folder, 'model.json');
  const json = JSON.parse(await readFile(path, 'utf8'));
  change(json);
  await writeFile(path, JSON.stringify(json));
}

async function failure(work: Promise<unknown>): Promise<MintError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!MintError.isInstance(error)) throw new Error(`expected a MintError, got ${error}`);
  return error;
}

describe('layers models', () => {
  test('a saved model predicts the same once loaded, and is what tfjs-node writes', async () => {
    const model = smallModel();
    const result = await model.save(`file://${folder}/digits`);
    expect(result.modelArtifactsInfo.weightDataBytes).toBe(4 * (12 + 4 + 8 + 2));
    expect((await readdir(join(folder, 'digits'))).sort()).toEqual(['model.json', 'weights.bin']);
    const loaded = await loadLayersModel(`file://${folder}/digits/model.json`);
    expect(await predictions(loaded)).toEqual(await predictions(model));
    const json = JSON.parse(await readFile(join(folder, 'digits', 'model.json'), 'utf8'));
    expect(Object.keys(json)).toEqual(
      expect.arrayContaining(['modelTopology', 'format', 'generatedBy', 'convertedBy', 'weightsManifest']),
    );
    expect(json.weightsManifest[0].paths).toEqual(['weights.bin']);
  });

  test('relative paths, and handlers instead of URLs', async () => {
    const model = smallModel();
    await model.save(`file://${relative(process.cwd(), folder)}`);
    const loaded = await loadLayersModel(fileSystem(join(folder, 'model.json')));
    expect(await predictions(loaded)).toEqual(await predictions(model));
  });

  test('saving again replaces both files and leaves no others', async () => {
    await smallModel().save(`file://${folder}`);
    const model = smallModel();
    await model.save(`file://${folder}`, { includeOptimizer: true });
    expect(await predictions(await loadLayersModel(`file://${folder}/model.json`))).toEqual(
      await predictions(model),
    );
    expect(await readdir(folder)).toHaveLength(2);
  });

  test('weights in several shards', async () => {
    const model = smallModel();
    await model.save(`file://${folder}`);
    const bytes = await readFile(join(folder, 'weights.bin'));
    await writeFile(join(folder, 'a.bin'), bytes.subarray(0, 30));
    await writeFile(join(folder, 'b.bin'), bytes.subarray(30));
    await edit((json) => {
      const [group] = json.weightsManifest as { paths: string[] }[];
      if (group !== undefined) group.paths = ['a.bin', './b.bin'];
    });
    const loaded = await loadLayersModel(`file://${folder}/model.json`);
    expect(await predictions(loaded)).toEqual(await predictions(model));
  });
});

test('graph models', async () => {
  const node = (name: string, op: string, input: string[] = [], attr: Record<string, unknown> = {}) => ({
    name,
    op,
    input,
    attr: { dtype: { type: 'DT_FLOAT' }, T: { type: 'DT_FLOAT' }, ...attr },
  });
  const shape = (...sizes: number[]) => ({ shape: { dim: sizes.map((size) => ({ size: `${size}` })) } });
  await writeFile(join(folder, 'group1-shard1of1.bin'), new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer));
  await writeFile(
    join(folder, 'model.json'),
    JSON.stringify({
      format: 'graph-model',
      generatedBy: '2.0',
      modelTopology: {
        node: [
          node('x', 'Placeholder', [], { shape: shape(1, 2) }),
          node('w', 'Const', [], {
            value: { tensor: { dtype: 'DT_FLOAT', tensorShape: { dim: [{ size: '2' }, { size: '2' }] } } },
          }),
          node('y', 'MatMul', ['x', 'w'], { transpose_a: { b: false }, transpose_b: { b: false } }),
        ],
        versions: {},
        library: {},
      },
      weightsManifest: [
        { paths: ['group1-shard1of1.bin'], weights: [{ name: 'w', shape: [2, 2], dtype: 'float32' }] },
      ],
    }),
  );
  const model = await loadGraphModel(`file://${folder}/model.json`);
  const y = model.predict(tf.tensor2d([1, 10], [1, 2])) as tf.Tensor;
  expect([...(await y.data())]).toEqual([31, 42]);
  await model.save(`file://${folder}/copy`);
  const again = await loadGraphModel(`file://${folder}/copy/model.json`);
  expect([...(await (again.predict(tf.tensor2d([1, 10], [1, 2])) as tf.Tensor).data())]).toEqual([31, 42]);
});

describe('files that are not what they should be', () => {
  const model = () => join(folder, 'model.json');
  const load = () => failure(loadLayersModel(`file://${model()}`));

  test('nothing there, or a folder', async () => {
    const missing = await load();
    expect([missing.code, missing.message]).toEqual([
      'NOT_FOUND',
      `${model()}: cannot read the model: there is no such file.`,
    ]);
    const wrong = await failure(loadLayersModel(`file://${folder}`));
    expect([wrong.code, wrong.message]).toEqual([
      'NOT_FOUND',
      `${folder}: cannot read the model: it is not a regular file.`,
    ]);
  });

  test.each([
    ['no JSON', '{"modelTopology": '],
    ['a list', '[]'],
    ['no topology', '{}'],
    ['a manifest that is no list', '{"modelTopology": {}, "weightsManifest": {"paths": []}}'],
    ['a group that is no object', '{"modelTopology": {}, "weightsManifest": [7]}'],
    ['paths that are no list', '{"modelTopology": {}, "weightsManifest": [{"paths": "w", "weights": []}]}'],
    ['no weights', '{"modelTopology": {}, "weightsManifest": [{"paths": []}]}'],
    [
      'a negative size',
      '{"modelTopology": {}, "weightsManifest": [{"paths": [], "weights": [{"name": "a", "shape": [-1], "dtype": "int32"}]}]}',
    ],
    [
      'an unknown dtype',
      '{"modelTopology": {}, "weightsManifest": [{"paths": [], "weights": [{"name": "a", "shape": [1], "dtype": "int7"}]}]}',
    ],
  ])('a model.json with %s', async (_, text) => {
    await writeFile(model(), text);
    const error = await load();
    expect(error.code).toBe('CORRUPT_FILE');
    expect(error.message).toContain(model());
  });

  test.each([
    ['../weights.bin'],
    ['/etc/hostname'],
    ['sub/../../weights.bin'],
    ['..'],
    ['.'],
    [''],
    [7],
    [null],
  ])('weights outside the folder: %j', async (path) => {
    await smallModel().save(`file://${folder}/model`);
    await writeFile(join(folder, 'weights.bin'), new Uint8Array(4 * 26));
    const nested = join(folder, 'model', 'model.json');
    const json = JSON.parse(await readFile(nested, 'utf8'));
    json.weightsManifest[0].paths = [path];
    await writeFile(nested, JSON.stringify(json));
    const error = await failure(loadLayersModel(`file://${nested}`));
    expect([error.code, error.message]).toEqual([
      'CORRUPT_FILE',
      expect.stringContaining('must name files in the folder of the model'),
    ]);
    expect(error.message).toContain(nested);
  });

  test('names that only look like leaving', async () => {
    const saved = smallModel();
    await saved.save(`file://${folder}`);
    await writeFile(join(folder, '..weights'), await readFile(join(folder, 'weights.bin')));
    await edit((json) => {
      const [group] = json.weightsManifest as { paths: string[] }[];
      if (group !== undefined) group.paths = ['..weights'];
    });
    expect(await predictions(await loadLayersModel(`file://${model()}`))).toEqual(await predictions(saved));
  });

  test('weights of another size, or missing', async () => {
    await smallModel().save(`file://${folder}`);
    const weights = join(folder, 'weights.bin');
    for (const size of [103, 105]) {
      await writeFile(weights, new Uint8Array(size));
      const error = await load();
      expect(error.code).toBe('CORRUPT_FILE');
      expect(error.message).toContain(weights);
      expect(error.message).toContain(`${size}`);
    }
    await rm(weights);
    const missing = await load();
    expect([missing.code, missing.message]).toEqual([
      'NOT_FOUND',
      `${weights}: cannot read the weights: there is no such file.`,
    ]);
  });

  test('a place that cannot be written', async () => {
    await writeFile(join(folder, 'file'), 'x');
    const error = await failure(smallModel().save(`file://${folder}/file/model`));
    expect(error.code).toBe('UNAVAILABLE');
    expect(error.message).toContain(join(folder, 'file'));
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('x');
  });
});

test('other URLs stay those of other handlers', () => {
  expect(tf.io.getSaveHandlers('https://example.org/model')).toHaveLength(1);
  expect(tf.io.getSaveHandlers('file:///model')).toHaveLength(1);
  expect(tf.io.getLoadHandlers('files/model')).toHaveLength(0);
});

test('with tfjs-node there, its handler answers', () => {
  tf.registerBackend(
    'tensorflow',
    () => {
      throw new Error('a stand-in');
    },
    0,
  );
  expect(tf.io.getSaveHandlers('file:///model')).toHaveLength(0);
  tf.removeBackend('tensorflow');
});
