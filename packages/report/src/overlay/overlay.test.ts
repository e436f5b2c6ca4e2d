import { decode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import {
  type Colour,
  heatColour,
  type OverlayOptions,
  overlayPng,
  overlaySheet,
  type RgbImage,
} from '../index.js';

// Where things lie in an overlay of a W×H image: see drawOverlay().
const MARGIN = 6;
const TOP = 20;
const BAR_WIDTH = 12;
const [WIDTH, HEIGHT] = [61, 83];
const heatX = WIDTH + 2 * MARGIN;
const barX = 2 * WIDTH + 3 * MARGIN;

const WHITE: Colour = [255, 255, 255];
const INK: Colour = [40, 40, 40];
const image: RgbImage = {
  width: WIDTH,
  height: HEIGHT,
  data: Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => (i * 37) % 251),
};
const uniform = (value: number) => new Float32Array(WIDTH * HEIGHT).fill(value);

function draw(map: Float32Array, options: OverlayOptions, drawn = image) {
  const { width, height, data, channels, depth } = decode(overlayPng(drawn, map, options));
  expect([channels, depth]).toEqual([3, 8]);
  const at = (x: number, y: number) => [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
  /** Ink pixels of a rectangle as text, one line per row. */
  const inkIn = (left: number, top: number, right: number, bottom: number) =>
    Array.from({ length: bottom - top }, (_, row) =>
      Array.from({ length: right - left }, (_, column) =>
        at(left + column, top + row).join() === INK.join() ? '#' : '.',
      ).join(''),
    );
  return { width, height, at, inkIn };
}
const source = (x: number, y: number) => [
  ...image.data.subarray((y * WIDTH + x) * 3, (y * WIDTH + x) * 3 + 3),
];
const blend = (below: number[], colour: Colour, opacity: number) =>
  below.map((value, c) => Math.round((1 - opacity) * value + opacity * (colour[c] ?? 0)));

const PLACES = [
  [0, 0],
  [WIDTH - 1, 0],
  [17, 41],
  [0, HEIGHT - 1],
  [WIDTH - 1, HEIGHT - 1],
] as const;

describe('overlayPng()', () => {
  test('shows the untouched image on the left', () => {
    const { at } = draw(uniform(9), { scale: [0, 1] });
    for (const [x, y] of PLACES) expect(at(MARGIN + x, TOP + y)).toEqual(source(x, y));
    expect(at(MARGIN - 1, TOP)).toEqual([...WHITE]);
    expect(at(MARGIN + WIDTH, TOP)).toEqual([...WHITE]);
  });

  test.each([
    ['at the low end', 2],
    ['below it', -50],
    ['at minus infinity', Number.NEGATIVE_INFINITY],
  ])('is clear %s', (_, value) => {
    const { at } = draw(uniform(value), { scale: [2, 6] });
    for (const [x, y] of PLACES) expect(at(heatX + x, TOP + y)).toEqual(source(x, y));
  });

  test.each([
    ['at the high end', 6],
    ['above it', 50],
    ['at infinity', Number.POSITIVE_INFINITY],
  ])('has the last colour over a trace of the image %s', (_, value) => {
    const { at } = draw(uniform(value), { scale: [2, 6] });
    for (const [x, y] of PLACES)
      expect(at(heatX + x, TOP + y)).toEqual(blend(source(x, y), heatColour(1), 0.8));
  });

  test('grows denser with the value', () => {
    // One value for each column, over black and over white: their difference is what still shows of the image.
    const map = Float32Array.from({ length: WIDTH * HEIGHT }, (_, i) => 2 + (4 * (i % WIDTH)) / (WIDTH - 1));
    const [black, white] = [0, 255].map((grey) =>
      draw(map, { scale: [2, 6] }, { ...image, data: new Uint8Array(image.data.length).fill(grey) }),
    );
    const opacities = Array.from({ length: WIDTH }, (_, x) => {
      const [b = 0] = black?.at(heatX + x, TOP + 5) ?? [];
      const [w = 0] = white?.at(heatX + x, TOP + 5) ?? [];
      return 1 - (w - b) / 255;
    });
    expect(opacities[0]).toBe(0);
    expect(opacities[(WIDTH - 1) / 2]).toBeCloseTo(0.4, 2);
    expect(opacities.at(-1)).toBeCloseTo(0.8, 2);
    expect(opacities).toEqual([...opacities].sort((a, b) => a - b));
    expect(black?.at(heatX + (WIDTH - 1) / 2, TOP)).toEqual(blend([0, 0, 0], heatColour(0.5), 0.4));
  });

  test('gives equal values equal colours whatever else is in the map', () => {
    const [calm, hot] = [uniform(3), uniform(3)];
    hot[1000] = 1e6;
    hot[1001] = -1e6;
    const [a, b] = [draw(calm, { scale: [2, 6] }), draw(hot, { scale: [2, 6] })];
    for (const [x, y] of PLACES) expect(b.at(heatX + x, TOP + y)).toEqual(a.at(heatX + x, TOP + y));
    expect(b.inkIn(barX, TOP - 4, b.width, b.height)).toEqual(a.inkIn(barX, TOP - 4, a.width, a.height));
  });

  test('has a colour bar from the last colour above to the first below, with five ticks', () => {
    const { at, width } = draw(uniform(0), { scale: [0, 1] });
    for (let row = 0; row < HEIGHT; row++) {
      const colour = [...heatColour(1 - row / (HEIGHT - 1))];
      expect(at(barX, TOP + row)).toEqual(colour);
      expect(at(barX + BAR_WIDTH - 1, TOP + row)).toEqual(colour);
    }
    const ticks = Array.from({ length: HEIGHT }, (_, row) => row).filter(
      (row) => at(barX + BAR_WIDTH, TOP + row).join() === INK.join(),
    );
    expect(ticks).toEqual([0, 21, 41, 62, 82]);
    expect(at(width - 1, TOP)).toEqual([...WHITE]);
  });

  test('marks the limit across the colour bar and writes its value in place of a label it would cover', () => {
    const mark = [0, 200, 255];
    const { at, inkIn, width } = draw(uniform(0), { scale: [0, 8], limit: 2 });
    const rows = Array.from({ length: HEIGHT }, (_, row) => row);
    const marked = rows.filter((row) => at(barX + 5, TOP + row).join() === mark.join());
    // 2 of 8 is a quarter from below: row 61.5 of 82.
    expect(marked).toEqual([62]);
    const labelX = barX + BAR_WIDTH + 7;
    const first = (y: number) =>
      inkIn(labelX, TOP + y - 4, width, TOP + y + 5)
        .join('')
        .includes('#');
    expect(first(62)).toBe(true);
    const plain = draw(uniform(0), { scale: [0, 8] });
    expect(width).toBeGreaterThan(plain.width);
    // A limit beyond the scale is not marked.
    expect(draw(uniform(0), { scale: [0, 8], limit: 9 }).width).toBe(plain.width);
  });

  test('draws outlines over the heat, faint ones in grey, and none outside the image', () => {
    const ring = [
      [10.5, 20.5],
      [30.5, 20.5],
      [30.5, 40.5],
      [10.5, 40.5],
    ] as const;
    const outside = ring.map(([x, y]) => [x + 40, y - 30] as const);
    const outlines = [{ ring }, { ring: outside, isFaint: true }];
    const { at } = draw(uniform(0), { scale: [0, 8], outlines });
    const colour = (x: number, y: number) => at(heatX + x, TOP + y);
    for (const [x, y] of [
      [10, 20],
      [20, 20],
      [30, 33],
      [10, 40],
    ] as const)
      expect(colour(x, y)).toEqual([0, 200, 255]);
    expect(colour(20, 30)).toEqual(source(20, 30));
    expect(colour(50, 5)).toEqual([170, 170, 170]);
    expect(at(MARGIN + 10, TOP + 20)).toEqual(source(10, 20));
    for (const [x, y] of PLACES.slice(0, 1)) expect(colour(x, y)).toEqual(source(x, y));
  });

  test('writes the values of the scale beside the ticks', () => {
    const { inkIn } = draw(uniform(0), { scale: [-1, 7] });
    const labelX = barX + BAR_WIDTH + 7;
    expect(inkIn(labelX, TOP - 3, labelX + 17, TOP + 4)).toEqual([
      '#####........###.',
      '....#.......#...#',
      '...#........#..##',
      '..#.........#.#.#',
      '.#..........##..#',
      '.#.....##...#...#',
      '.#.....##....###.',
    ]);
    expect(inkIn(labelX, TOP + HEIGHT - 4, labelX + 11, TOP + HEIGHT + 3)).toEqual([
      '........#..',
      '.......##..',
      '........#..',
      '#####...#..',
      '........#..',
      '........#..',
      '.......###.',
    ]);
  });

  test('writes the title above, with ? for what is not printable ASCII', () => {
    const title = (text: string) => {
      const { inkIn, width } = draw(uniform(0), { scale: [0, 1], title: text });
      return inkIn(0, 0, width, TOP - 3);
    };
    expect(title('')).toEqual(title('   '));
    expect(title('\n\u0000\u001b')).toEqual(title('???'));
    expect(title('aé😀·\u202e')).toEqual(title('a????'));
    expect(title('Aa')).not.toEqual(title('aA'));
    expect(title('H')[MARGIN]?.slice(MARGIN, MARGIN + 6)).toBe('#...#.');
  });

  test('cuts a title off at the edge', () => {
    const long = '<script>'.repeat(10_000);
    const { inkIn, width } = draw(uniform(0), { scale: [0, 1], title: long });
    const room = Math.floor((width - 2 * MARGIN) / 6);
    const fitting = draw(uniform(0), { scale: [0, 1], title: `${long.slice(0, room - 2)}..` });
    expect(inkIn(0, 0, width, TOP)).toEqual(fitting.inkIn(0, 0, width, TOP));
    expect(inkIn(width - MARGIN, 0, width, TOP).join('')).not.toContain('#');
  });

  test.each([
    [1, 1, [0]],
    [2, 33, [0, 16, 32]],
    [40, 2, [0, 1]],
  ])('takes an image of %dx%d, with as many ticks as have room', (width, height, ticks) => {
    const image = { width, height, data: new Uint8Array(3 * width * height).fill(100) };
    const { at } = draw(new Float32Array(width * height).fill(5), { scale: [0, 1], title: 'tiny' }, image);
    expect(at(MARGIN, TOP)).toEqual([100, 100, 100]);
    expect(at(width + 2 * MARGIN, TOP)).toEqual(blend([100, 100, 100], heatColour(1), 0.8));
    const right = 2 * width + 3 * MARGIN + BAR_WIDTH;
    expect(at(right - 1, TOP)).toEqual([...heatColour(1)]);
    const rows = Array.from({ length: height }, (_, row) => row);
    expect(rows.filter((row) => at(right, TOP + row).join() === INK.join())).toEqual(ticks);
  });

  test('leaves image and map alone', () => {
    const [copy, map] = [{ ...image, data: image.data.slice() }, uniform(3)];
    overlayPng(copy, map, { scale: [0, 1] });
    expect(copy.data).toEqual(image.data);
    expect(map).toEqual(uniform(3));
  });

  test.each<[string, RgbImage, Float32Array, readonly [number, number], string, RegExp]>([
    ['a map of another size', image, new Float32Array(9), [0, 1], 'SHAPE_MISMATCH', /61x83 values, got 9\./],
    [
      'RGBA bytes',
      { ...image, data: new Uint8Array(WIDTH * HEIGHT * 4) },
      uniform(0),
      [0, 1],
      'SHAPE_MISMATCH',
      /needs 15189 RGB bytes, got 20252\./,
    ],
    ['no width', { ...image, width: 0 }, uniform(0), [0, 1], 'INVALID_ARGUMENT', /`image.width`/],
    ['half a row', { ...image, height: 41.5 }, uniform(0), [0, 1], 'INVALID_ARGUMENT', /`image.height`/],
    ['an empty scale', image, uniform(0), [1, 1], 'INVALID_ARGUMENT', /low < high, got \[1, 1\]\./],
    ['a reversed scale', image, uniform(0), [2, 1], 'INVALID_ARGUMENT', /got \[2, 1\]/],
    [
      'an endless scale',
      image,
      uniform(0),
      [0, Number.POSITIVE_INFINITY],
      'INVALID_ARGUMENT',
      /got \[0, Infinity\]/,
    ],
    ['a scale of NaN', image, uniform(0), [Number.NaN, 1], 'INVALID_ARGUMENT', /got \[NaN, 1\]/],
    [
      'a NaN in the map',
      image,
      uniform(0).fill(Number.NaN, 7, 8),
      [0, 1],
      'INVALID_ARGUMENT',
      /NaN at position 7\./,
    ],
  ])('refuses %s', (_, image, map, scale, code, message) => {
    expect(() => overlayPng(image, map, { scale })).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });
});

describe('overlaySheet()', () => {
  const items = [1, 3, 5].map((value) => ({
    image: image,
    map: uniform(value),
    options: { scale: [0, 5] as const },
  }));
  const single = decode(overlayPng(image, uniform(1), { scale: [0, 5] }));

  test.each([
    [1, 1, 3],
    [2, 2, 2],
    [7, 3, 1],
  ])('lays three overlays out in at most %d columns', (columns, across, down) => {
    const sheet = decode(overlaySheet(items, columns));
    expect([sheet.width, sheet.height]).toEqual([across * single.width, down * single.height]);
    items.forEach(({ map }, i) => {
      const alone = decode(overlayPng(image, map, { scale: [0, 5] }));
      const [left, top] = [(i % across) * single.width, Math.floor(i / across) * single.height];
      for (let y = 0; y < single.height; y++) {
        const from = ((top + y) * sheet.width + left) * 3;
        const row = sheet.data.subarray(from, from + single.width * 3);
        expect(row).toEqual(alone.data.subarray(y * single.width * 3, (y + 1) * single.width * 3));
      }
    });
  });

  test('leaves what no overlay covers white', () => {
    const sheet = decode(overlaySheet(items, 2));
    expect(sheet.data.at(-1)).toBe(255);
    expect([...sheet.data.slice(-3 * single.width)].every((value) => value === 255)).toBe(true);
  });

  test.each([
    [[], 2, /`items.length`/],
    [items, 0, /`columns`/],
  ])('refuses nothing to show', (some, columns, message) => {
    expect(() => overlaySheet(some, columns)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) }),
    );
  });
});
