import type { Random } from '@mint/internal';

/** A colour, each channel 0 to 1. Scenes write into one object, so that an image allocates no colours. */
export interface Colour {
  r: number;
  g: number;
  b: number;
}

export type Rgb = readonly [number, number, number];

/** Side of the square in which scenes are described; an image of any size shows this square. */
export const SIDE = 224;

/** Where a defect starts, and its direction in turns. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly turn: number;
}

/** One defect: a region and what the surface becomes in it. */
export interface Defect {
  /** [left, top, right, bottom]; outside it `distance` is positive. */
  readonly box: readonly [number, number, number, number];
  /** Signed distance to the region's edge, negative inside, accurate near the edge. */
  readonly distance: (x: number, y: number) => number;
  /** Changes the flawless colour `out` at a point `depth` inside the edge. */
  readonly paint: (x: number, y: number, depth: number, out: Colour) => void;
}

/** One product in front of the camera, pose and material drawn. */
export interface Scene {
  /** Colour of the flawless product at (x, y). `pixel` is the width of a pixel, for anti-aliasing. */
  readonly shade: (x: number, y: number, pixel: number, out: Colour) => void;
  /** Signed distance to the product's edge, negative on the product; −∞ where it fills the image. */
  readonly body: (x: number, y: number) => number;
  /** Draws a place on the product. */
  readonly place: (random: Random) => Place;
}

/** Turns a signed distance (negative inside) into coverage with an edge one pixel wide. */
export function coverage(distance: number, pixel: number): number {
  const c = 0.5 - distance / pixel;
  return c < 0 ? 0 : Math.min(c, 1);
}

/** Lays `colour` over `out`. */
export function over(out: Colour, colour: Rgb, alpha: number): void {
  out.r += (colour[0] - out.r) * alpha;
  out.g += (colour[1] - out.g) * alpha;
  out.b += (colour[2] - out.b) * alpha;
}

export function scaleColour(out: Colour, factor: number): void {
  out.r *= factor;
  out.g *= factor;
  out.b *= factor;
}

/** Signed distance to a box with rounded corners, centred at the origin. */
export function boxDistance(
  x: number,
  y: number,
  halfWidth: number,
  halfHeight: number,
  radius: number,
): number {
  const qx = Math.abs(x) - halfWidth + radius;
  const qy = Math.abs(y) - halfHeight + radius;
  const ox = Math.max(qx, 0);
  const oy = Math.max(qy, 0);
  return Math.sqrt(ox * ox + oy * oy) + Math.min(Math.max(qx, qy), 0) - radius;
}

export const between = (random: Random, low: number, high: number): number =>
  low + (high - low) * random.uniform();

/** A place for defects of products that fill the image. */
export const anywhere = (random: Random): Place => ({
  x: between(random, 45, SIDE - 45),
  y: between(random, 45, SIDE - 45),
  turn: random.uniform(),
});
