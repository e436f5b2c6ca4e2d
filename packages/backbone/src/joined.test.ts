import { drawWeights } from '@mint/internal/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import {
  type BackboneConfig,
  backboneFeatures,
  backboneInfo,
  backboneSpecs,
  joinWeights,
  normaliseImages,
  readBackboneWeights,
  toTensors,
} from './index.js';

const net: BackboneConfig = { kind: 'efficientnet', variant: 'b0', blocks: [0, 2], padding: 'same' };
const transformer: BackboneConfig = {
  kind: 'vit',
  patch: 14,
  width: 12,
  depth: 1,
  heads: 2,
  hidden: 16,
  feedForward: 'gelu',
  registers: 0,
  positions: { kind: 'learned', grid: [3, 3], resample: 'antialias' },
  epsilon: 1e-6,
  blocks: [0],
  finalNorm: true,
  normalisation: 'half',
};
const parts = [{ kind: 'scattering', scales: 2 }, net, transformer] satisfies BackboneConfig[];
const joined: BackboneConfig = { kind: 'joined', parts };

test('its maps are those of its parts, each normalised as the part wants it; nothing leaks', () => {
  const weights = parts.map((part, seed) => drawWeights(backboneSpecs(part), seed));
  const params = toTensors(joinWeights(weights));
  expect(Object.keys(params).sort()).toEqual(Object.keys(backboneSpecs(joined)).sort());
  const pixels = tf.randomUniform<tf.Rank.R4>([2, 28, 56, 3], 0, 255, 'float32', 1);
  const { mean, std } = backboneInfo(joined).normalisation;
  const images = normaliseImages(pixels, mean, std);
  const alone = parts.map((part, i) => {
    const own = backboneInfo(part).normalisation;
    const seen = normaliseImages(pixels, own.mean, own.std);
    return backboneFeatures(toTensors(weights[i] ?? {}), part, seen);
  });
  const before = tf.memory().numTensors;
  const maps = backboneFeatures(params, joined, images);
  expect(tf.memory().numTensors).toBe(before + maps.length);
  expect(maps).toHaveLength(backboneInfo(joined).channels.length);
  for (const [i, map] of alone.flat().entries())
    expect(maps[i] ?? tf.scalar(0)).toBeAllClose(map, { rtol: 1e-5, atol: 1e-5 });
});

test('it asks of its input what all parts ask, and takes the memory of all', () => {
  const { inputMultiple, bytesPerPixel, normalisation, totalChannels } = backboneInfo(joined);
  const infos = parts.map((part) => backboneInfo(part));
  expect(inputMultiple).toBe(14);
  expect(backboneInfo({ kind: 'joined', parts: [{ kind: 'scattering' }, transformer] }).inputMultiple).toBe(
    56,
  );
  expect(bytesPerPixel).toBe(infos.reduce((sum, info) => sum + info.bytesPerPixel, 0));
  expect(totalChannels).toBe(infos.reduce((sum, info) => sum + info.totalChannels, 0));
  expect(normalisation).toEqual(infos[0]?.normalisation);
});

test.each([{ parts: [net] }, { parts: [] }, { parts: [net, joined] }, { parts: Array(9).fill(net) }])(
  'parts that cannot be joined are refused, %#',
  ({ parts }) => {
    expect(() => backboneInfo({ kind: 'joined', parts })).toThrow(/a joined backbone needs two to 8 `parts`/);
  },
);

test('one file does not hold the weights of several parts', () => {
  const file = { tensors: {}, metadata: {} };
  expect(() => readBackboneWeights(file, joined, 'w.safetensors')).toThrow(
    /w\.safetensors: is one file.*joinWeights/,
  );
});
