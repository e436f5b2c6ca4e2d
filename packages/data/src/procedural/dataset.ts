import { assertInt, assertPositiveInt, deriveSeed, Random } from '@mint/internal';
import type { Dataset, RenderedSample, Sample } from '../types.js';
import { capsule } from './capsule.js';
import { fibre, hole, scratch, stain } from './defects.js';
import { gear } from './gear.js';
import { leather } from './leather.js';
import { between, type Colour, coverage, type Defect, type Scene, SIDE } from './scene.js';
import { weave } from './weave.js';

/** A scene and the defects that can befall it. */
type Recipe = (random: Random) => {
  scene: Scene;
  defects: Readonly<Record<string, (random: Random) => Defect>>;
};

/** The classes in the order of their names; defect kinds likewise. */
export const RECIPES: Readonly<Record<string, Recipe>> = {
  capsule(random) {
    const scene = capsule(random);
    return {
      scene,
      defects: {
        hole: (r) => hole(r, scene.place(r), [0.3, 0.2, 0.16]),
        misprint: scene.misprint,
        scratch: (r) => scratch(r, scene.place(r), [0.2, 0.16, 0.15]),
        stain: (r) => stain(r, scene.place(r), [0.36, 0.26, 0.12]),
      },
    };
  },
  gear(random) {
    const scene = gear(random);
    return {
      scene,
      defects: {
        fibre: (r) => fibre(r, scene.place(r), [0.72, 0.16, 0.14]),
        missing: scene.missingTooth,
        scratch: (r) => scratch(r, scene.place(r), [0.97, 0.97, 0.98]),
        stain: (r) => stain(r, scene.place(r), [0.42, 0.2, 0.08]),
      },
    };
  },
  leather(random) {
    const scene = leather(random);
    return {
      scene,
      defects: {
        fibre: (r) => fibre(r, scene.place(r), [0.9, 0.88, 0.82]),
        hole: (r) => hole(r, scene.place(r), [0.72, 0.55, 0.4]),
        scratch: (r) => scratch(r, scene.place(r), [0.83, 0.68, 0.52]),
        stain: (r) => stain(r, scene.place(r), [0.1, 0.08, 0.12]),
      },
    };
  },
  weave(random) {
    const scene = weave(random);
    return {
      scene,
      defects: {
        fibre: (r) => fibre(r, scene.place(r), [0.78, 0.12, 0.12]),
        hole: (r) => hole(r, scene.place(r), [0.6, 0.58, 0.54]),
        missing: scene.missingThread,
        stain: (r) => stain(r, scene.place(r), [0.28, 0.2, 0.08]),
      },
    };
  },
};

/** Kinds of each class, in the recipes' order. */
const KINDS: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.entries(RECIPES).map(([name, recipe]) => [name, Object.keys(recipe(new Random(0)).defects)]),
);

export interface ProceduralOptions {
  /** @defaultValue 0 */
  readonly seed?: number;
  /** Training pictures of each class. @defaultValue 60 */
  readonly trainPerClass?: number;
  /** Normal test pictures of each class. @defaultValue 15 */
  readonly testGoodPerClass?: number;
  /** Defective test pictures of each of the four kinds of a class. @defaultValue 4 */
  readonly defectsPerClass?: number;
  /** Side of the square pictures in pixels, 32 to 4096. @defaultValue 224 */
  readonly size?: number;
}

/**
 * `procedural-v1`, a benchmark without files: two objects (`capsule`, `gear`) and two textures (`leather`, `weave`) with six
 * kinds of defects (`fibre`, `hole`, `misprint`, `missing`, `scratch`, `stain`; four for each class) and exact masks: every pixel the defect touches. Pose, phase, material,
 * light and camera noise vary between pictures. Rendered on demand, the same bytes on every machine. Our design; it
 * says whether an installation works, not how good a method is on real pictures.
 *
 * @throws MintError `INVALID_ARGUMENT` for an option out of range.
 */
export function proceduralDataset(options: ProceduralOptions = {}): Dataset {
  const { seed = 0, trainPerClass = 60, testGoodPerClass = 15, defectsPerClass = 4, size = SIDE } = options;
  assertInt('proceduralDataset', 'seed', seed, Number.MIN_SAFE_INTEGER);
  assertPositiveInt('proceduralDataset', 'trainPerClass', trainPerClass);
  assertInt('proceduralDataset', 'testGoodPerClass', testGoodPerClass, 0);
  assertInt('proceduralDataset', 'defectsPerClass', defectsPerClass, 0);
  assertInt('proceduralDataset', 'size', size, 32, 4096);
  const classes = Object.keys(RECIPES);
  const samples = classes.flatMap((className, classIndex) => {
    const series = (split: 'train' | 'test', count: number, defect?: string): Sample[] =>
      Array.from({ length: count }, (_, i) => {
        const id = [className, split, defect ?? 'good', String(i).padStart(3, '0')].join('/');
        const render = () =>
          renderPicture({
            className,
            seed: deriveSeed(seed, id),
            size,
            ...(defect === undefined ? {} : { defect }),
          });
        const sample = { id, className, classIndex, split, render } as const;
        return defect === undefined
          ? { ...sample, label: 'normal' }
          : { ...sample, label: 'anomalous', defect };
      });
    return [
      ...series('train', trainPerClass),
      ...(KINDS[className] ?? []).flatMap((kind) => series('test', defectsPerClass, kind)),
      ...series('test', testGoodPerClass),
    ];
  });
  return {
    name: 'procedural-v1',
    classes,
    samples,
    licence: 'Apache-2.0',
    source: 'made by @mint/data',
    warnings: [],
  };
}

interface Picture {
  readonly className: string;
  readonly seed: number;
  readonly size: number;
  readonly defect?: string;
}

/** One picture. The same seed without `defect` gives its flawless twin, equal wherever the mask is 0. */
export function renderPicture({ className, seed, size, defect }: Picture): RenderedSample {
  const recipe = RECIPES[className] as Recipe;
  const { scene, defects } = recipe(new Random(deriveSeed(seed, 'scene')));
  const flaw = defect === undefined ? undefined : defects[defect]?.(new Random(deriveSeed(seed, 'defect')));
  // A stray fibre may lie across the edge; every other defect is part of the product.
  const onBody = defect !== 'fibre' && defect !== 'missing';
  const camera = new Random(deriveSeed(seed, 'camera'));
  const gain = between(camera, 0.94, 1.06);
  const [tiltX, tiltY] = [between(camera, -0.05, 0.05), between(camera, -0.05, 0.05)];
  const grain = between(camera, 0.018, 0.028);
  const pixel = SIDE / size;
  const image = new Uint8Array(size * size * 3);
  const mask = flaw === undefined ? undefined : new Uint8Array(size * size);
  const [left, top, right, bottom] = flaw?.box ?? [0, 0, 0, 0];
  const colour: Colour = { r: 0, g: 0, b: 0 };
  for (let row = 0, i = 0; row < size; row++) {
    const y = (row + 0.5) * pixel;
    for (let column = 0; column < size; column++, i++) {
      const x = (column + 0.5) * pixel;
      scene.shade(x, y, pixel, colour);
      if (flaw !== undefined && mask !== undefined && x > left && x < right && y > top && y < bottom) {
        const inside = flaw.distance(x, y);
        const d = onBody ? Math.max(inside, scene.body(x, y)) : inside;
        const alpha = coverage(d, pixel);
        if (alpha > 0) {
          const { r, g, b } = colour;
          flaw.paint(x, y, -d, colour);
          colour.r = r + (colour.r - r) * alpha;
          colour.g = g + (colour.g - g) * alpha;
          colour.b = b + (colour.b - b) * alpha;
          mask[i] = 1;
        }
      }
      const light = gain + tiltX * (x / SIDE - 0.5) + tiltY * (y / SIDE - 0.5);
      // The sum of four bytes is nearly normal.
      const word = camera.uint32();
      const bytes = (word & 255) + ((word >>> 8) & 255) + ((word >>> 16) & 255) + (word >>> 24);
      const noise = grain * (bytes / 510 - 1);
      image[3 * i] = toByte(colour.r * light + noise);
      image[3 * i + 1] = toByte(colour.g * light + noise);
      image[3 * i + 2] = toByte(colour.b * light + noise);
    }
  }
  const picture = { width: size, height: size, data: image };
  return mask === undefined
    ? { image: picture }
    : { image: picture, mask: { width: size, height: size, data: mask } };
}

function toByte(value: number): number {
  return value <= 0 ? 0 : value >= 1 ? 255 : (value * 255 + 0.5) | 0;
}
