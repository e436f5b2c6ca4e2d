import type { MapFrame, Size } from '@mint/image';
import { contours } from 'd3-contour';
import type { Component } from './components.js';
import { type Point, type Ring, simplified } from './ring.js';

/**
 * The outline of connected pixels: the level line of the map at the limit, linear between pixels, through `d3-contour`. The first
 * ring goes round the outside, the others round holes. No ring repeats its first point.
 *
 * @param component - As from `components` for the same map and limit.
 * @param tolerance - Distance within which points are left out, in pixels of the image.
 */
export function outlineOf(
  map: Float32Array,
  size: Size,
  limit: number,
  component: Component,
  { left, top, scale }: MapFrame,
  tolerance: number,
): Ring[] {
  const cut = cutOut(map, size, limit, component);
  const shape = contours().size([cut.width, cut.height]).smooth(true).contour(cut.values, 0);
  const toImage = ([x = 0, y = 0]: readonly number[]): Point => [
    left + scale[0] * (cut.left + x),
    top + scale[1] * (cut.top + y),
  ];
  // Pixels that touch with a side are one shape.
  return (shape.coordinates[0] ?? []).map((ring) => simplified(ring.slice(0, -1).map(toImage), tolerance));
}

/**
 * The part of a map around connected pixels, as the distance above the limit, with what is not of them below it. Their neighbours
 * across a side are not above the limit anyway, so this changes no outline.
 */
function cutOut(map: Float32Array, { width, height }: Size, limit: number, component: Component) {
  const [left, top] = [Math.max(0, component.left - 1), Math.max(0, component.top - 1)];
  const columns = Math.min(width, component.right + 2) - left;
  const rows = Math.min(height, component.bottom + 2) - top;
  const values = new Array<number>(columns * rows);
  for (let y = 0, i = 0; y < rows; y++)
    for (let x = 0; x < columns; x++, i++)
      // `contours` takes a value at the limit as inside.
      values[i] = Math.min((map[(top + y) * width + left + x] as number) - limit, -Number.MIN_VALUE);
  for (const pixel of component.pixels) {
    const x = pixel % width;
    values[((pixel - x) / width - top) * columns + x - left] = (map[pixel] as number) - limit;
  }
  return { left, top, width: columns, height: rows, values };
}
