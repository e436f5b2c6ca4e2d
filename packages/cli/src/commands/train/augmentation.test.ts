import { augmentationText } from '@mint/trainer';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAugmentation } from './augmentation.js';

test('text becomes changes and back again', () => {
  const on = fc.constant(true as const);
  const share = fc.double({ min: 0.001, max: 1, noNaN: true });
  const changes = fc.record(
    {
      mirror: on,
      flip: on,
      quarterTurns: on,
      rotate: share,
      brightness: share,
      contrast: share,
      colour: share,
      copies: fc.integer({ min: 1, max: 9 }),
    },
    { requiredKeys: ['copies'] },
  );
  fc.assert(
    fc.property(changes, (augment) => {
      expect(parseAugmentation(augmentationText(augment))).toEqual(augment);
    }),
  );
  expect(parseAugmentation(' mirror , rotate=10')).toEqual({ mirror: true, rotate: 10, copies: 1 });
  expect(augmentationText({ mirror: false, rotate: 0, copies: 2 })).toBe('copies=2');
});

test.each([
  ['blur', "no change 'blur'; there are mirror, flip"],
  ['toString', "no change 'toString'"],
  ['', "no change ''"],
  ['mirror=1', "'mirror=1' must be 'mirror' alone"],
  ['rotate', "'rotate' must be 'rotate=' and a number"],
  ['rotate=', "'rotate=' must be"],
  ['rotate=1=2', "'rotate=1=2' must be"],
  ['rotate=much', "'rotate=much' must be"],
])('refuses %j', (text, message) => {
  expect(() => parseAugmentation(text)).toThrow(message);
});
