import { expect, test } from 'vitest';
import { parseSizeRule, sizeRulesFor } from './size-rules.js';

const classes = ['nut', 'bolt', 'a=b'];
const rulesOf = (mmPerPixel: number | undefined, ...texts: readonly string[]) =>
  sizeRulesFor(
    texts.reduce((rules, text) => parseSizeRule(text, rules), {}),
    classes,
    mmPerPixel,
  );

test('a rule is for one class or for all; a class of its own has the last word', () => {
  expect(rulesOf(undefined, '20px', 'nut=0.5%', 'a=b=7px')).toEqual({
    nut: { area: 0.5, unit: '%' },
    bolt: { area: 20, unit: 'px' },
    'a=b': { area: 7, unit: 'px' },
  });
  expect(rulesOf(0.1, 'nut=1.5mm²')).toEqual({ nut: { area: 1.5, unit: 'mm2', mmPerPixel: 0.1 } });
});

test.each(['', '20', 'px', '0px', '-3px', 'nut=', 'nut=3cm', 'nut=1e400px'])('%j is refused', (text) => {
  expect(() => parseSizeRule(text)).toThrow('expected an area such as 20px');
});

test('a class that the model does not have, and mm² without the size of a pixel, are refused', () => {
  expect(() => rulesOf(undefined, 'screw=2px')).toThrow("no class 'screw'; it has nut, bolt, a=b");
  expect(() => rulesOf(undefined, 'nut=2mm2')).toThrow('an area in mm² needs --mm-per-pixel as well');
});
