/** A place in an image: distance from its left and from its upper edge, in pixels. The centre of the first pixel is (0.5, 0.5). */
export type Point = readonly [x: number, y: number];

/** A closed line through points; the last is joined to the first and does not repeat it. */
export type Ring = readonly Point[];

/** Area within a ring: positive where it turns from the x axis to the y axis. */
export function ringArea(ring: Ring): number {
  let sum = 0;
  let [x0, y0] = ring.at(-1) ?? [0, 0];
  for (const [x, y] of ring) {
    sum += x0 * y - x * y0;
    [x0, y0] = [x, y];
  }
  return sum / 2;
}

/** Leaves out points that lie within `tolerance` of the line (Douglas and Peucker 1973), if at least three are left. */
export function simplified(ring: Ring, tolerance: number): Ring {
  const [first] = ring;
  if (first === undefined) return ring;
  // The ring in two lines, from its first point to the farthest and back.
  const far = farthest(ring, 0, ring.length, (point) => distance(first, point)).at;
  const kept = new Set([0, far]);
  const closed = [...ring, first];
  keepBetween(closed, 0, far, tolerance, kept);
  keepBetween(closed, far, ring.length, tolerance, kept);
  const simple = ring.filter((_, i) => kept.has(i));
  return simple.length < 3 ? ring : simple;
}

function keepBetween(line: Ring, first: number, last: number, tolerance: number, kept: Set<number>): void {
  const open: [number, number][] = [[first, last]];
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    const [from, to] = part;
    const [a, b] = [line[from] as Point, line[to] as Point];
    const { at, distance: off } = farthest(line, from + 1, to, (point) => distanceToLine(point, a, b));
    if (!(off > tolerance)) continue;
    kept.add(at);
    open.push([from, at], [at, to]);
  }
}

function farthest(line: Ring, from: number, to: number, distanceOf: (point: Point) => number) {
  let found = { at: from, distance: Number.NEGATIVE_INFINITY };
  for (let at = from; at < to; at++) {
    const off = distanceOf(line[at] as Point);
    if (off > found.distance) found = { at, distance: off };
  }
  return found;
}

const distance = ([ax, ay]: Point, [bx, by]: Point): number => Math.hypot(bx - ax, by - ay);

function distanceToLine(point: Point, a: Point, b: Point): number {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const length = dx * dx + dy * dy;
  if (length === 0) return distance(point, a);
  const share = ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / length;
  const clamped = Math.min(1, Math.max(0, share));
  return distance(point, [a[0] + clamped * dx, a[1] + clamped * dy]);
}

/** The largest distance between two points of a ring: the diameter of its convex hull. */
export function longestExtent(ring: Ring): number {
  const hull = convexHull(ring);
  let longest = 0;
  for (const [i, a] of hull.entries())
    for (const b of hull.slice(i + 1)) longest = Math.max(longest, distance(a, b));
  return longest;
}

/** Andrew's monotone chain. */
function convexHull(points: Ring): Ring {
  const sorted = points.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
  const half = (ordered: Ring): Point[] => {
    const chain: Point[] = [];
    for (const point of ordered) {
      while (chain.length > 1 && turn(chain.at(-2) as Point, chain.at(-1) as Point, point) <= 0) chain.pop();
      chain.push(point);
    }
    return chain.slice(0, -1);
  };
  const hull = [...half(sorted), ...half(sorted.toReversed())];
  return hull.length === 0 ? points : hull;
}

const turn = (a: Point, b: Point, c: Point): number =>
  (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
