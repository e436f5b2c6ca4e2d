import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeImage, decodeMask, loadDataset, readSample } from '@mint/data';
import { type Prediction, regionMask } from '@mint/detector';
import { isOverlayFile } from '@mint/internal/node';
import { temporaryFolder } from '@mint/test-utils';
import { expect, test } from 'vitest';
import { bmp } from '../__fixtures__/tiny-detector.js';
import { markedRegions } from '../scoring/region-rows.js';
import { npyFile, tiffFile } from './map-files.js';
import { polygonOf } from './polygons.js';
import { RegionFiles } from './region-files.js';

const folder = temporaryFolder();
const at = (path: string) => join(folder.path, path);

/** A ring round a hole, and a spot, on a map of 17 x 13 for an image of 34 x 39. */
const [width, height] = [17, 13];
const anomalyMap = Float32Array.from({ length: width * height }, (_, i) => {
  const [x, y] = [i % width, Math.floor(i / width)];
  const away = Math.hypot(x - 5, y - 6);
  if (x === 14 && y < 3) return 7;
  return away > 2 && away < 5 ? 9 : 0;
});
const prediction: Prediction = {
  anomalyMap,
  width,
  height,
  score: 9,
  frame: { image: { width: 34, height: 39 }, left: 0, top: 0, scale: [2, 3] },
};
const calibration = {
  alpha: 0.1,
  thresholds: { nut: { image: 5, pixel: 5 } },
  heatScales: {},
  heatScale: [0, 1] as const,
  normalScores: {},
  normalMaxima: {},
};
const decision = { decision: 'alarm', className: 'nut' } as const;
const row = {
  score: 9,
  class: 'nut',
  decision: 'alarm',
  ...markedRegions({ calibration }, prediction, decision),
} as const;

test('rows of regions: areas in pixels, percent and mm², and what a size rule hides', () => {
  expect(row.regions).toHaveLength(2);
  const [ring, spot] = row.regions ?? [];
  expect(ring?.outline).toHaveLength(2);
  expect(spot).toMatchObject({ box: [28, 0, 2, 9], area: 18, areaPercent: 1.357, peak: 7, mean: 7 });
  expect(spot?.areaMm2).toBeUndefined();
  expect(row.smallRegions).toBeUndefined();
  const scaled = markedRegions({ calibration }, prediction, decision, 0.5);
  expect(scaled.regions?.[1]).toMatchObject({
    areaMm2: 4.5,
    extentMm: expect.closeTo((spot?.extent ?? 0) / 2, 2),
  });
  const ruled = { ...calibration, sizeRules: { nut: { area: 20, unit: 'px' } as const } };
  const hidden = markedRegions({ calibration: ruled }, prediction, decision);
  expect(hidden.regions).toEqual([ring]);
  expect(hidden.smallRegions).toEqual([spot]);
  expect(markedRegions({ calibration }, prediction, { decision: 'none', className: 'bolt' })).toEqual({});
});

test('masks, LabelMe and COCO mark the same pixels, read back by the reader of data sets; holes are holes', async () => {
  const names = ['in/a.bmp', 'in/b "x" ,;é\n.bmp'];
  for (const [i, name] of names.entries()) await folder.write([name, bmp(i)]);
  const files = new RegionFiles({
    masks: at('masks'),
    maps: at('maps'),
    coco: at('coco/all.json'),
    labelme: at('labelme'),
  });
  const said: string[] = [];
  for (const [i, name] of names.entries()) await files.add(at(name), `000${i}_x.bmp`, prediction, row);
  await files.add('https://cam.example/1.jpg', '0002_1.jpg', prediction, { score: 1, decision: 'none' });
  await files.end((text) => said.push(text));
  expect(said).toEqual(['left out of masks and annotations: 1 images whose class has no limits']);

  const mask = await decodeMask(await readFile(at('masks/0000_x.bmp.png')), 'mask');
  expect(mask).toEqual(regionMask(row.regions ?? [], { width: 34, height: 39 }));
  // The hole of the ring is not marked; the area is that of the regions to half a pixel along the edges.
  expect(mask.data[19 * 34 + 11]).toBe(0);
  const areas = row.regions?.reduce((sum, { area }) => sum + area, 0) ?? 0;
  expect(mask.data.filter((value) => value === 1).length / areas).toBeCloseTo(1, 0);

  const labelme = JSON.parse(await readFile(at('labelme/0001_x.bmp.json'), 'utf8'));
  expect(labelme).toMatchObject({ imagePath: '../in/b "x" ,;é\n.bmp', imageWidth: 34, imageHeight: 39 });
  const coco = JSON.parse(await readFile(at('coco/all.json'), 'utf8'));
  expect(coco.images.map((image: { file_name: string }) => image.file_name)).toEqual(
    names.map((name) => `../${name}`),
  );
  expect(coco.annotations).toHaveLength(4);
  expect(coco.annotations[1]).toMatchObject({
    id: 2,
    image_id: 1,
    bbox: [28, 0, 2, 9],
    area: 18,
    iscrowd: 0,
  });
  for (const points of [labelme.shapes[0].points, polygonOf(row.regions?.[0] ?? { outline: [] })])
    expect(regionMask([{ outline: [points] }], mask)).toEqual(
      regionMask(row.regions?.slice(0, 1) ?? [], mask),
    );
});

test('a LabelMe file beside its image is a mask for the reader of data sets', async () => {
  const image = await readFile(new URL('../__fixtures__/tiny-detector.ts', import.meta.url)).then(() =>
    bmp(2),
  );
  await folder.write(['set/nut/train/good/a.bmp', image], ['set/nut/test/bad/x.bmp', image]);
  const size = { width: 34, height: 32 };
  const files = new RegionFiles({ labelme: at('set/nut/test/bad') });
  const sized = { ...prediction, frame: { image: size, left: 0, top: 0, scale: [2, 32 / 13] as const } };
  const marked = markedRegions({ calibration }, sized, decision);
  await files.add(at('set/nut/test/bad/x.bmp'), 'x', sized, { score: 9, decision: 'alarm', ...marked });
  const { samples } = await loadDataset(at('set'));
  const [sample] = samples.filter(({ label }) => label === 'anomalous');
  expect(sample).toBeDefined();
  if (sample === undefined) return;
  expect((await readSample(sample)).mask).toEqual(regionMask(marked.regions ?? [], size));
});

test('maps are arrays of NumPy and TIFF images of floats', async () => {
  const map = {
    width: 3,
    height: 2,
    data: Float32Array.of(0, 1.5, -2, 1e-8, 3e38, Number.NEGATIVE_INFINITY),
  };
  const npy = Buffer.from(npyFile(map));
  expect(npy.toString('latin1', 0, 8)).toBe('\x93NUMPY\x01\0');
  expect((10 + npy.readUInt16LE(8)) % 64).toBe(0);
  expect(npy.toString('latin1', 10, 10 + npy.readUInt16LE(8)).trimEnd()).toBe(
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
  );
  expect(npy.readFloatLE(npy.length - 4)).toBe(Number.NEGATIVE_INFINITY);
  // Floats from 0 to 255 become 8 bits as they are.
  const bytes = { width: 3, height: 2, data: Float32Array.of(0, 1, 17, 128, 254, 255) };
  const decoded = await decodeImage(tiffFile(bytes), 'map.tiff');
  // A map is known again by its end, so that a second run does not take it for an image.
  await folder.write(['maps/0000_a.png.tiff', Buffer.from(tiffFile(bytes))]);
  expect(await isOverlayFile(at('maps/0000_a.png.tiff'))).toBe(true);
  expect([decoded.width, decoded.height]).toEqual([3, 2]);
  expect([...decoded.data].filter((_, i) => i % 3 === 0)).toEqual([...bytes.data]);
});
