import { PAPER_CONFIG } from '@mint/detector';
import { expect, test } from 'vitest';
import {
  detectorConfigOf,
  followsImages,
  inputOf,
  reviewAlphaOf,
  type TrainSettings,
  withoutBackbone,
} from './settings.js';

const settings: TrainSettings = {
  out: 'runs/a',
  preset: 'quick',
  model: 'mint-ad',
  alpha: 0.05,
  protocol: 'own',
  seed: 0,
  device: 'auto',
  overlays: 4,
};

test('a backbone of the configuration file gives way to one of the flags', () => {
  expect(withoutBackbone({ backbone: ['resnet18'], weights: ['w.safetensors'], input: 392 })).toEqual({
    input: 392,
  });
});

test('the input is a square of the side that is asked for, or what the protocol prescribes, never both', () => {
  expect(inputOf(settings)).toEqual(PAPER_CONFIG.input);
  expect(inputOf({ ...settings, input: 392 })).toMatchObject({ width: 392, height: 392 });
  expect(inputOf({ ...settings, protocol: 'ader' })).toMatchObject({ width: 256, height: 256 });
  expect(followsImages(settings)).toBe(true);
  for (const given of [{ input: 224 }, { tiles: 'auto' }, { protocol: 'ader' }] as const)
    expect(followsImages({ ...settings, ...given })).toBe(false);
  expect(() => inputOf({ ...settings, protocol: 'ader', input: 392 })).toThrow(
    /--protocol ader: prescribes how images are prepared \(.*\); leave out --input, or the protocol/,
  );
});

test('maps at several scales are for statistics without a network', () => {
  const { backbone, input } = PAPER_CONFIG;
  const of = (more: Partial<TrainSettings>) =>
    detectorConfigOf({ ...settings, multiScale: true, ...more }, ['nut'], backbone, input);
  expect(of({ model: 'gaussian' })).toMatchObject({ grid: [28, 28], scales: 3 });
  for (const model of ['mint-ad', 'uniad', 'memory'] as const)
    expect(() => of({ model })).toThrow(`--multi-scale is for --model gaussian, got --model ${model}`);
});

test('the review rate lies above the rate of alarms', () => {
  expect([reviewAlphaOf(settings), reviewAlphaOf({ alpha: 0.05, review: 0.1 })]).toEqual([undefined, 0.1]);
  expect(() => reviewAlphaOf({ alpha: 0.1, review: 0.1 })).toThrow(
    '--review must be above --alpha, which is 0.1; got 0.1.',
  );
});
