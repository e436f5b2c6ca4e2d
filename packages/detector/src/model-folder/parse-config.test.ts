import { expect, test } from 'vitest';
import { type DetectorConfig, PAPER_CONFIG } from '../config.js';
import { parseModelJson } from './description.js';

const read = (input: object) =>
  parseModelJson(
    {
      format: 'mint-model',
      version: 1,
      config: { ...PAPER_CONFIG, classes: ['nut'], input: { ...PAPER_CONFIG.input, ...input } },
      weights: { file: 'model.safetensors', sha256: '0'.repeat(64) },
    },
    'model.json',
  ).config.input;

test('model.json keeps the crop and the padding, and old files have none', () => {
  expect(read({})).toEqual(PAPER_CONFIG.input);
  const inputs: Partial<DetectorConfig['input']>[] = [
    { resize: 256 },
    { resize: { width: 256, height: 288 } },
    { padToSquare: true },
    { padToSquare: false, resize: 224 },
    { tiles: 'auto' },
    { jpegDraft: true, resize: 256 },
    { tiles: 'auto', padToSquare: false },
  ];
  for (const input of inputs) expect(read(input)).toEqual({ ...PAPER_CONFIG.input, ...input });
});

test.each([
  [{ resize: 0 }, "'model.config.input.resize' must be an integer from 1 to 4096, got 0"],
  [{ resize: { width: 256 } }, "'model.config.input.resize.height' must be a finite number, got nothing"],
  [{ resize: 'large' }, "'model.config.input.resize' must be an object"],
  [{ tiles: 'all' }, "'model.config.input.tiles' must be one of auto, got"],
  [{ tiles: { overlap: 28 } }, "'model.config.input.tiles' must be one of auto, got an object"],
  [{ tiles: 'auto', resize: 256 }, "'model.config.input': `tiles` shows all of an image"],
  [{ tiles: 'auto', padToSquare: true }, 'it cannot be combined with `padToSquare`'],
  [{ jpegDraft: true, tiles: 'auto' }, 'it cannot be combined with `jpegDraft`'],
  [{ jpegDraft: 'yes' }, "'model.config.input.jpegDraft' must be true or false"],
  [{ padToSquare: 1 }, "'model.config.input.padToSquare' must be true or false, got 1"],
])('model.json with %o is refused by field', (input, message) => {
  expect(() => read(input)).toThrow(message);
});

test('scales that do not fit the map or the grid are refused by field', () => {
  const of = (more: object) =>
    parseModelJson(
      {
        format: 'mint-model',
        version: 1,
        config: { ...PAPER_CONFIG, classes: ['nut'], map: 'whitened-by-class-and-place', ...more },
        weights: { file: 'model.safetensors', sha256: '0'.repeat(64) },
      },
      'model.json',
    ).config.scales;
  expect([of({}), of({ scales: 1 }), of({ scales: 3, grid: [28, 32] })]).toEqual([undefined, 1, 3]);
  expect(() => of({ scales: 0 })).toThrow("'model.config.scales' must be an integer from 1 to 4");
  expect(() => of({ scales: 3, grid: [14, 16] })).toThrow(
    /'model\.config\.scales'.*rows and columns of the grid must be multiples of 4, got 14/,
  );
  expect(() => of({ scales: 2, map: 'whitened' })).toThrow("need the map 'whitened-by-class-and-place'");
});

test('model.json says how maps are enlarged; older files do not, and anything else is refused', () => {
  const of = (more: object) =>
    parseModelJson(
      {
        format: 'mint-model',
        version: 1,
        config: { ...PAPER_CONFIG, classes: ['nut'], ...more },
        weights: { file: 'model.safetensors', sha256: '0'.repeat(64) },
      },
      'model.json',
    ).config.upsampling;
  expect([of({}), of({ upsampling: 'centres' }), of({ upsampling: 'corners' })]).toEqual([
    undefined,
    'centres',
    'corners',
  ]);
  expect(() => of({ upsampling: 'middle' })).toThrow(
    "'model.config.upsampling' must be one of corners, centres",
  );
});
