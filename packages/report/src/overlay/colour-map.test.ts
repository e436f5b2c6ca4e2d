import { expect, test } from 'vitest';
import { heatColour } from '../index.js';

test('follows inferno', () => {
  // matplotlib 3.11.2: [matplotlib.colormaps['inferno'](i, bytes=True)[:3] for i in (10, 64, 100, 140, 190, 240)]
  const inferno = {
    10: [4, 3, 22],
    64: [87, 15, 109],
    100: [144, 36, 104],
    140: [204, 65, 72],
    190: [248, 138, 11],
    240: [241, 233, 104],
  };
  for (const [i, expected] of Object.entries(inferno)) {
    // Straight pieces between 11 of its 256 colours are at most 10 away.
    heatColour(Number(i) / 255).forEach((value, c) => {
      expect(Math.abs(value - (expected[c] ?? Number.NaN))).toBeLessThanOrEqual(10);
    });
  }
});

test('mixes neighbouring colours', () => {
  expect([0, 0.2, 0.3, 1].map(heatColour)).toEqual([
    [0, 0, 4],
    [66, 10, 104],
    [106, 23, 110],
    [252, 255, 164],
  ]);
  expect(heatColour(0.25)).toEqual([86, 17, 107]);
});

test('keeps its ends outside 0 to 1', () => {
  expect([-1, Number.NEGATIVE_INFINITY].map(heatColour)).toEqual([heatColour(0), heatColour(0)]);
  expect([1.01, Number.POSITIVE_INFINITY].map(heatColour)).toEqual([heatColour(1), heatColour(1)]);
});

test('grows lighter all the way, so that order shows without hue', () => {
  const lightness = Array.from({ length: 256 }, (_, i) => {
    const [r, g, b] = heatColour(i / 255).map((value) => (value / 255) ** 2.2) as [number, number, number];
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  });
  lightness.slice(1).forEach((value, i) => {
    expect(value).toBeGreaterThan(lightness[i] ?? Number.NaN);
  });
});
