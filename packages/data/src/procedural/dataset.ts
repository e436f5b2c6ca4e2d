import {
  assertInt,
  assertPositiveInt,
  assertProbability,
  deriveSeed,
  MintError,
  Random,
} from '@mint/internal';
import type { Dataset, Sample } from '../types.js';
import { capsule } from './capsule.js';
import { fibre, hole, scratch, stain } from './defects.js';
import { type FamilyClass, familyClass } from './families.js';
import { gear } from './gear.js';
import { leather } from './leather.js';
import { type Recipe, renderImage } from './render.js';
import { SIDE } from './scene.js';
import { weave } from './weave.js';

/** The classes and their kinds of defects, each in the order of their names. */
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

const FOUR: readonly FamilyClass[] = Object.entries(RECIPES).map(([name, recipe]) => ({
  name,
  recipe,
  kinds: Object.keys(recipe(new Random(0)).defects),
}));

/** Options of {@link proceduralDataset}. */
export interface ProceduralOptions {
  /** Number of classes for scaling studies, 4 to 200, half parts and half surfaces. Default: the four named classes. */
  readonly classes?: number | undefined;
  /** How hard defects are to see, 0 to 1; only with `classes`. @defaultValue 0 */
  readonly difficulty?: number | undefined;
  /** Any integer; equal seeds give equal images. @defaultValue 0 */
  readonly seed?: number | undefined;
  /** Training images of each class. @defaultValue 60 */
  readonly trainPerClass?: number | undefined;
  /** Good test images of each class. @defaultValue 15 */
  readonly testGoodPerClass?: number | undefined;
  /** Anomalous test images of each of the four kinds of a class. @defaultValue 4 */
  readonly defectsPerClass?: number | undefined;
  /** Side of the square images in pixels, 32 to 4096. @defaultValue 224 */
  readonly size?: number | undefined;
}

/**
 * `procedural-v1`, a benchmark without files. Masks are exact: they contain every pixel that the defect touches. Pose, phase,
 * material, light and camera noise vary between images. Images are rendered on demand, with the same bytes on every machine. The
 * benchmark is our design; it shows whether an installation works and how a method scales, not how good it is on real images.
 *
 * Without `classes`: two objects (`capsule`, `gear`) and two textures (`leather`, `weave`) with six kinds of defects (`fibre`,
 * `hole`, `misprint`, `missing`, `scratch`, `stain`; four per class). With `classes: n`: n other classes (`000-disc`,
 * `001-stripes`, …), each a combination of outline, finish, mark and colours, or of pattern, period and colours, again with four
 * kinds each. A smaller set is the beginning of a larger one. At `difficulty` 0, defects are like those of the four classes; at 1
 * they are half as large and a quarter as clear, and normal images differ three times as much.
 *
 * @throws MintError `INVALID_ARGUMENT` for an option out of range.
 *
 * @example
 * ```ts
 * import { proceduralDataset } from '@mint/data';
 *
 * const { classes, samples } = proceduralDataset({ trainPerClass: 10, size: 64 });
 * console.log(classes, samples.length); // [ 'capsule', 'gear', 'leather', 'weave' ] 164
 * const image = samples[0]?.render?.();
 * console.log(image?.image.data.length); // 12288
 * ```
 */
export function proceduralDataset(options: ProceduralOptions = {}): Dataset {
  const { seed = 0, trainPerClass = 60, testGoodPerClass = 15, defectsPerClass = 4, size = SIDE } = options;
  const { classes: count, difficulty = 0 } = options;
  assertInt('proceduralDataset', 'seed', seed, Number.MIN_SAFE_INTEGER);
  assertPositiveInt('proceduralDataset', 'trainPerClass', trainPerClass);
  assertInt('proceduralDataset', 'testGoodPerClass', testGoodPerClass, 0);
  assertInt('proceduralDataset', 'defectsPerClass', defectsPerClass, 0);
  assertInt('proceduralDataset', 'size', size, 32, 4096);
  if (count !== undefined) assertInt('proceduralDataset', 'classes', count, 4, 200);
  assertProbability('proceduralDataset', 'difficulty', difficulty);
  if (count === undefined && difficulty !== 0) {
    const message = 'proceduralDataset: the four classes have one difficulty; give `classes` too.';
    throw new MintError('INVALID_ARGUMENT', message);
  }
  const made =
    count === undefined ? FOUR : Array.from({ length: count }, (_, index) => familyClass(index, difficulty));
  const samples = made.flatMap(({ name: className, recipe, kinds }, classIndex) => {
    const series = (split: 'train' | 'test', count: number, defect?: string): Sample[] =>
      Array.from({ length: count }, (_, i) => {
        const id = [className, split, defect ?? 'good', String(i).padStart(3, '0')].join('/');
        const render = () => renderImage({ recipe, seed: deriveSeed(seed, id), size, defect });
        const sample = { id, className, classIndex, split, render } as const;
        return defect === undefined
          ? { ...sample, label: 'normal' }
          : { ...sample, label: 'anomalous', defect };
      });
    return [
      ...series('train', trainPerClass),
      ...kinds.flatMap((kind) => series('test', defectsPerClass, kind)),
      ...series('test', testGoodPerClass),
    ];
  });
  return {
    name: ['procedural-v1', count, difficulty === 0 ? undefined : `difficulty-${difficulty}`]
      .filter((part) => part !== undefined)
      .join('-'),
    classes: made.map(({ name }) => name),
    samples,
    licence: 'Apache-2.0',
    source: 'made by @mint/data',
    warnings: [],
  };
}
