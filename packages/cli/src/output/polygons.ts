import type { RegionRow } from '../scoring/region-rows.js';

type Point = readonly [x: number, y: number];

/**
 * The outline of a region as one polygon without holes, for formats that know none: each hole is joined to the outside by a
 * line there and back, at the two points that are closest.
 */
export function polygonOf({ outline: [outer = [], ...holes] }: Pick<RegionRow, 'outline'>): Point[] {
  return holes.reduce<Point[]>(
    (ring, hole) => {
      let best = { at: 0, from: 0, distance: Number.POSITIVE_INFINITY };
      ring.forEach(([x, y], at) => {
        hole.forEach(([u, v], from) => {
          const distance = Math.hypot(u - x, v - y);
          if (distance < best.distance) best = { at, from, distance };
        });
      });
      const round = [...hole.slice(best.from), ...hole.slice(0, best.from)];
      const back = [...round.slice(0, 1), ...ring.slice(best.at, best.at + 1)];
      return [...ring.slice(0, best.at + 1), ...round, ...back, ...ring.slice(best.at + 1)];
    },
    [...outer],
  );
}
