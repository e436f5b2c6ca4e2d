import type { Sample } from '@mint/data';
import { PAPER_CONFIG } from '@mint/detector';
import { expect, test } from 'vitest';
import { inputSideFor } from '../index.js';

const sizes = (...all: readonly (readonly [number, number])[]): Sample[] =>
  all.map(([width, height], i) => ({
    id: `${i}`,
    className: 'nut',
    classIndex: 0,
    split: 'train',
    label: 'normal',
    render: () => ({ image: { width, height, data: new Uint8Array(width * height * 3) } }),
  }));
const gone: Sample = {
  id: 'gone',
  className: 'nut',
  classIndex: 0,
  split: 'train',
  label: 'normal',
  imagePath: '/no/such/image.png',
};

test.each([
  ['small images', sizes([64, 64], [300, 100]), 224],
  ['images of 256 px', sizes([256, 256], [256, 300], [512, 256]), 256],
  ['images between the two', sizes([400, 241]), 240],
  ['large images', sizes([4000, 3000]), 256],
  ['no readable image', [gone], 224],
  ['a missing image among others', [gone, ...sizes([256, 256])], 256],
  ['no image', [], 224],
])('the input follows %s', async (_what, samples, side) => {
  expect(await inputSideFor(samples, PAPER_CONFIG.backbone)).toBe(side);
});

test('the input suits every part of a joined backbone', async () => {
  const patches = {
    kind: 'vit',
    patch: 14,
    width: 8,
    depth: 1,
    heads: 1,
    hidden: 8,
    feedForward: 'gelu',
    registers: 0,
    positions: { kind: 'learned', grid: [2, 2], resample: 'offset' },
    epsilon: 1e-6,
    blocks: [0],
    finalNorm: false,
    normalisation: 'imagenet',
  } as const;
  const images = sizes([256, 256]);
  expect(await inputSideFor(images, patches)).toBe(252);
  expect(await inputSideFor(images, { kind: 'joined', parts: [PAPER_CONFIG.backbone, patches] })).toBe(224);
});
