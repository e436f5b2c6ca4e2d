import { deriveSeed, Random } from '@mint/internal';
import { against, fromHsv } from './colour.js';
import { fibre, hole, scratch, stain } from './defects.js';
import { mix } from './maths.js';
import { designPart, part } from './part.js';
import type { Recipe } from './render.js';
import { between, type Defect, type Place, type Rgb } from './scene.js';
import { designSurface, surface } from './surface.js';

export interface FamilyClass {
  readonly name: string;
  readonly recipe: Recipe;
  /** Kinds of defects, in the order of their names. */
  readonly kinds: readonly string[];
}

/** Fraction of the golden ratio: hues of neighbours lie far apart. */
const GOLDEN = 0.6180339887498949;

/**
 * Class `index` of the scaling set: a part (even) or a surface (odd) whose design follows from the index alone, so that a
 * set of 20 classes begins with the classes of a set of 8.
 *
 * @param difficulty - At 0, defects are as large and clear as those of the four classes; at 1, half as large and a quarter as
 * clear, and normal images differ three times as much.
 */
export function familyClass(index: number, difficulty: number): FamilyClass {
  const random = new Random(deriveSeed(1, 'procedural-class', index));
  const number = String(index).padStart(3, '0');
  const hue = index * GOLDEN;
  const colour = fromHsv(hue, between(random, 0.1, 0.75), between(random, 0.5, 0.9));
  const other = fromHsv(
    hue + between(random, 0.35, 0.65),
    between(random, 0.2, 0.7),
    between(random, 0.3, 0.85),
  );
  const variation = 1 + 2 * difficulty;
  const size = 1 - 0.5 * difficulty;
  const clarity = 1 - 0.75 * difficulty;
  /** A defect somewhere on the scene, with the size and clarity of the class. */
  const placedIn =
    (scene: { place(r: Random): Place }) =>
    (make: (r: Random, place: Place) => Defect) =>
    (r: Random): Defect => {
      const place = scene.place(r);
      return faint(scaled(make(r, place), place, size), clarity);
    };
  const marks = { scratch: against(colour), fibre: fromHsv(hue + 0.5, 0.8, 0.75), rim: against(colour) };
  const tint: Rgb = fromHsv(hue + 0.3, 0.6, 0.18);

  if (index % 2 === 0) {
    const ground = fromHsv(hue + 0.45, 0.08, random.uniform() < 0.5 ? 0.2 : 0.78);
    const design = designPart(index / 2, random, { colour, markColour: other, ground });
    const recipe: Recipe = (r) => {
      const scene = part(r, design, variation);
      const at = placedIn(scene);
      return {
        scene,
        defects: {
          hole: at((r, place) => hole(r, place, marks.rim)),
          missing: (r) => faint(scene.missing(r), clarity),
          scratch: at((r, place) => scratch(r, place, marks.scratch)),
          stain: at((r, place) => stain(r, place, tint)),
        },
      };
    };
    return { name: `${number}-${design.outline}`, recipe, kinds: ['hole', 'missing', 'scratch', 'stain'] };
  }
  const design = designSurface((index - 1) / 2, random, { colour, second: other });
  const recipe: Recipe = (r) => {
    const scene = surface(r, design, variation);
    const at = placedIn(scene);
    const { displaced } = scene;
    return {
      scene,
      defects: {
        ...(displaced && { displaced: (r) => faint(displaced(r), clarity) }),
        fibre: at((r, place) => fibre(r, place, marks.fibre)),
        hole: at((r, place) => hole(r, place, marks.rim)),
        scratch: at((r, place) => scratch(r, place, marks.scratch)),
        stain: at((r, place) => stain(r, place, tint)),
      },
    };
  };
  const kinds = Object.keys(recipe(new Random(0)).defects);
  // Four kinds per class: surfaces whose pattern repeats have a displaced piece instead of a scratch.
  return {
    name: `${number}-${design.pattern}`,
    recipe,
    kinds: kinds.includes('displaced') ? kinds.filter((kind) => kind !== 'scratch') : kinds,
  };
}

/** Draws the defect smaller or larger about its place. */
function scaled({ box, distance, paint }: Defect, { x, y }: Place, factor: number): Defect {
  if (factor === 1) return { box, distance, paint };
  const [left, top, right, bottom] = box;
  const back = (px: number, py: number) => [x + (px - x) / factor, y + (py - y) / factor] as const;
  return {
    box: [
      x + (left - x) * factor,
      y + (top - y) * factor,
      x + (right - x) * factor,
      y + (bottom - y) * factor,
    ],
    distance: (px, py) => factor * distance(...back(px, py)),
    paint: (px, py, depth, out) => paint(...back(px, py), depth / factor, out),
  };
}

/** Mixes the defect with the flawless surface. */
function faint({ box, distance, paint }: Defect, clarity: number): Defect {
  if (clarity === 1) return { box, distance, paint };
  return {
    box,
    distance,
    paint(x, y, depth, out) {
      const { r, g, b } = out;
      paint(x, y, depth, out);
      out.r = mix(r, out.r, clarity);
      out.g = mix(g, out.g, clarity);
      out.b = mix(b, out.b, clarity);
    },
  };
}
