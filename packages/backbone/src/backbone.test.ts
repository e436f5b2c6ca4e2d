import { MintError } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import {
  type BackboneConfig,
  BackboneFeatures,
  backboneFeatures,
  backboneInfo,
  backboneSpecs,
  type JsonField,
  parseBackbone,
  readBackboneWeights,
  registerBackbone,
} from './index.js';

/** What {@link parseBackbone} reads; `@mint/detector` has the one for files. */
class Field implements JsonField {
  constructor(readonly value: unknown) {}
  get(key: string): Field {
    return new Field(Object.entries(this.value ?? {}).find(([name]) => name === key)?.[1]);
  }
  optional<T>(read: (field: this) => T): T | undefined {
    return this.value === undefined ? undefined : read(this);
  }
  list(maxLength: number): Field[] {
    if (!Array.isArray(this.value) || this.value.length > maxLength) return this.fail('a list');
    return this.value.map((item) => new Field(item));
  }
  number(): number {
    return typeof this.value === 'number' ? this.value : this.fail('a number');
  }
  int(min: number, max: number): number {
    const value = this.number();
    return Number.isInteger(value) && value >= min && value <= max ? value : this.fail(`${min} to ${max}`);
  }
  text(): string {
    return typeof this.value === 'string' ? this.value : this.fail('text');
  }
  flag(): boolean {
    return typeof this.value === 'boolean' ? this.value : this.fail('true or false');
  }
  oneOf<T extends string>(...allowed: readonly T[]): T {
    return allowed.find((option) => option === this.value) ?? this.fail(`one of ${allowed.join(', ')}`);
  }
  fail(expected: string): never {
    throw new MintError('CORRUPT_FILE', `must be ${expected}`);
  }
}

const configs: BackboneConfig[] = [
  { kind: 'scattering' },
  { kind: 'scattering', orientations: 2, scales: 3 },
  { kind: 'efficientnet', variant: 'b0', blocks: [0, 2], padding: 'same' },
  {
    kind: 'joined',
    parts: [{ kind: 'scattering' }, { kind: 'efficientnet', variant: 'b0', blocks: [2], padding: 'same' }],
  },
];

test.each(configs)('%o survives JSON, and its maps are those it announces', (config) => {
  expect(parseBackbone(new Field(JSON.parse(JSON.stringify(config))))).toEqual(config);
  const { channels, strides, totalChannels, inputMultiple, normalisation } = backboneInfo(config);
  expect(totalChannels).toBe(channels.reduce((sum, count) => sum + count, 0));
  expect(32 % inputMultiple).toBe(0);
  expect(normalisation.mean).toHaveLength(3);
  const layer = new BackboneFeatures({ backbone: config });
  const maps = layer.apply(tf.zeros([1, 32, 64, 3])) as tf.Tensor[];
  expect(maps.map(({ shape }) => shape)).toEqual(
    channels.map((count, i) => [1, 32 / (strides[i] ?? 0), 64 / (strides[i] ?? 0), count]),
  );
  expect(layer.getConfig().backbone).toEqual(config);
  expect(layer.weights.map(({ shape }) => shape)).toEqual(
    Object.values(backboneSpecs(config)).map(({ shape }) => shape),
  );
});

test.each([
  [{ kind: 'alexnet' }, 'must be one of efficientnet, joined, resnet, scattering, vit'],
  [{ kind: '__proto__' }, 'must be one of efficientnet, joined, resnet, scattering, vit'],
  [{ kind: 'scattering', scales: 5 }, 'must be 1 to 4'],
  [{ kind: 'efficientnet', variant: 'b8' }, 'must be one of b0'],
  [{ kind: 'efficientnet', variant: 'b0', blocks: [16], padding: 'same' }, 'must be 0 to 15'],
  [{ kind: 'resnet', block: 'basic', depths: [2, 2, 2] }, 'a list of four numbers'],
  [{ kind: 'resnet', block: 'basic', depths: [2, 2, 2, 2], layers: [5] }, 'must be 1 to 4'],
  [{ kind: 'vit', depth: 12, patch: 1e9 }, 'must be 1 to 64'],
  [{ kind: 'joined', parts: [{ kind: 'scattering' }] }, 'must be a list of two or more'],
  [{ kind: 'joined', parts: Array(9).fill({ kind: 'scattering' }) }, 'must be a list'],
  [{ kind: 'joined', parts: Array(2).fill({ kind: 'joined' }) }, 'a backbone that is not joined itself'],
  [{ kind: 'joined', parts: Array(2).fill({ kind: 'alexnet' }) }, 'must be one of efficientnet'],
  [{ kind: 'efficientnet', variant: 'b0', blocks: Array(17).fill(0), padding: 'same' }, 'must be a list'],
])('%o in a file is refused', (config, message) => {
  expect(() => parseBackbone(new Field(config))).toThrow(message);
});

test('an input that is a multiple of inputMultiple gives maps of one size', () => {
  for (const scales of [1, 2, 3, 4]) {
    const config: BackboneConfig = { kind: 'scattering', scales };
    const side = 5 * 2 ** (scales - 1) + 16;
    const { inputMultiple } = backboneInfo(config);
    const size = Math.ceil(side / inputMultiple) * inputMultiple;
    const maps = backboneFeatures({}, config, tf.zeros([1, size, size, 3]));
    expect(new Set(maps.map(({ shape }) => shape[1])).size).toBe(1);
  }
});

test('a backbone without weights has none to read, and a taken name is refused', () => {
  expect(() => readBackboneWeights(new Uint8Array(), { kind: 'scattering' }, 'w.safetensors')).toThrow(
    "w.safetensors: the backbone 'scattering' has no weights",
  );
  const config: BackboneConfig<'scattering'> = { kind: 'scattering' };
  expect(() =>
    registerBackbone('scattering', {
      info: () => backboneInfo(config),
      specs: () => ({}),
      features: () => [],
      parse: () => config,
    }),
  ).toThrow("there already is a backbone 'scattering'");
});
