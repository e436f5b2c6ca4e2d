import { decodeImage } from '@mint/data';
import { heatColour, imagePanels } from '@mint/report';
import { expect, test } from 'vitest';
import { pictureOf, picturePngs } from './picture.js';
import { encodePng } from './png.js';

const image = (width: number, height: number) => ({
  width,
  height,
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 37) % 256),
});

test('a PNG holds the pixels that were given', async () => {
  const given = image(33, 17);
  expect(await decodeImage(await encodePng(given), 'a.png')).toMatchObject(given);
  const palette = [[9, 8, 7, 255] as const, [1, 2, 3, 255] as const];
  const data = Uint8Array.of(0, 1, 1, 0, 1, 0);
  const png = await encodePng({ width: 3, height: 2, data, palette });
  const { data: shown } = await decodeImage(png, 'b.png');
  expect([...shown.slice(0, 6)]).toEqual([9, 8, 7, 1, 2, 3]);
});

test('a picture is small, and has the heat of the report over it', async () => {
  const scored = {
    image: image(700, 500),
    prediction: {
      anomalyMap: Float32Array.from({ length: 700 * 500 }, (_, i) => (i % 700) / 100),
      width: 700,
      height: 500,
      score: 7,
    },
  };
  const scores = { normalScores: {}, normalMaxima: {} };
  const thresholds = { nut: { image: 3, pixel: 4 } };
  const calibration = { alpha: 0.1, thresholds, heatScales: {}, heatScale: [1, 5] as const, ...scores };
  const picture = pictureOf({ calibration }, scored, 'nut');
  expect(picture).toMatchObject({ width: 234, height: 167, frame: [0, 0, 700, 500], limit: 3 });
  const { heat = new Uint8Array() } = await picturePngs(picture);
  // Its palette begins clear, and ends as the report's does.
  const at = Buffer.from(heat).indexOf('PLTE') + 4;
  expect([...heat.slice(at + 255 * 3, at + 256 * 3)]).toEqual([...heatColour(1)]);
  const clear = Buffer.from(heat).indexOf('tRNS') + 4;
  const panels = imagePanels({ width: 1, height: 1, data: new Uint8Array(3) }, new Float32Array(1), [0, 1]);
  const reported = Buffer.from(panels.layer).indexOf('tRNS') + 4;
  expect([heat[clear], heat[clear + 255]]).toEqual([0, panels.layer[reported + 48]]);
  expect(pictureOf({ calibration: undefined }, scored, undefined).heat).toBeUndefined();
});
