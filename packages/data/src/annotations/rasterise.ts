import { inflateSync } from 'node:zlib';
import { fillRings, type Mask, type Size } from '@mint/image';
import { MintError } from '@mint/internal';
import { decodePixels } from '../decode/mask.js';
import type { MaskShapes } from '../types.js';

/** A bitmap larger than this is damaged or hostile. */
const MAX_BITMAP_BYTES = 64e6;

/**
 * The mask of marked regions: 1 where a pixel's centre lies in a polygon (even-odd), in a marked run, or in a bitmap.
 *
 * @param image - Size of the image, where the shapes have none of their own.
 * @param name - In error messages.
 */
export async function rasterise(shapes: MaskShapes, image: Size, name: string): Promise<Mask> {
  const { width = image.width, height = image.height } = shapes;
  const isFraction = shapes.width === undefined || shapes.height === undefined;
  const size = isFraction && !isPixels(shapes) ? image : { width, height };
  if (size.width !== image.width || size.height !== image.height) return { ...size, data: new Uint8Array(0) };
  const mask: Mask = { ...size, data: new Uint8Array(size.width * size.height) };
  const [sx, sy] = isFraction && !isPixels(shapes) ? [image.width, image.height] : [1, 1];
  for (const polygon of shapes.polygons)
    fill(
      mask,
      polygon.map((value, i) => value * (i % 2 === 0 ? sx : sy)),
    );
  for (const runs of shapes.runs ?? []) fillRuns(mask, runs);
  for (const bitmap of shapes.bitmaps ?? []) await paste(mask, bitmap, name);
  return mask;
}

/** LabelMe files without a size have coordinates in pixels. */
const isPixels = ({ polygons }: MaskShapes): boolean =>
  polygons.some((polygon) => polygon.some((value) => value > 1.5));

/** Marks the pixels whose centres lie inside. A line of two points marks the pixels it crosses. */
function fill(mask: Mask, points: readonly number[]): void {
  if (points.length < 6) drawLine(mask, points);
  else
    fillRings(mask, [
      Array.from({ length: points.length >> 1 }, (_, i) => [points[2 * i] ?? 0, points[2 * i + 1] ?? 0]),
    ]);
}

function drawLine({ width, height, data }: Mask, points: readonly number[]): void {
  const [x0 = 0, y0 = 0, x1 = x0, y1 = y0] = points;
  const steps = Math.min(width + height, Math.ceil(2 * Math.hypot(x1 - x0, y1 - y0)) + 1);
  for (let i = 0; i <= steps; i++) {
    const x = Math.floor(x0 + ((x1 - x0) * i) / steps);
    const y = Math.floor(y0 + ((y1 - y0) * i) / steps);
    if (x >= 0 && y >= 0 && x < width && y < height) data[y * width + x] = 1;
  }
}

/** Runs go down the columns. */
function fillRuns({ width, height, data }: Mask, runs: readonly number[]): void {
  let at = 0;
  runs.forEach((length, i) => {
    const end = Math.min(width * height, at + Math.max(0, length));
    if (i % 2 === 1) for (let p = at; p < end; p++) data[(p % height) * width + Math.floor(p / height)] = 1;
    at = end;
  });
}

async function paste(
  mask: Mask,
  bitmap: { data: string; x: number; y: number },
  name: string,
): Promise<void> {
  let png: Uint8Array;
  try {
    const bytes = Buffer.from(bitmap.data, 'base64');
    // LabelMe has the PNG itself, Supervisely a deflated one.
    png =
      bytes.subarray(1, 4).toString() === 'PNG'
        ? bytes
        : inflateSync(bytes, { maxOutputLength: MAX_BITMAP_BYTES });
  } catch (error) {
    throw new MintError('UNREADABLE_IMAGE', `${name}: a bitmap of the annotation is damaged.`, {
      cause: error,
    });
  }
  const { width, height, channels, data } = await decodePixels(png, name, { maxPixels: mask.data.length });
  for (let i = 0; i < width * height; i++) {
    // With alpha, the last channel says what is marked.
    const value = data[i * channels + (channels % 2 === 0 ? channels - 1 : 0)] ?? 0;
    const [x, y] = [bitmap.x + (i % width), bitmap.y + Math.floor(i / width)];
    if (value > 0 && x >= 0 && y >= 0 && x < mask.width && y < mask.height) mask.data[y * mask.width + x] = 1;
  }
}
