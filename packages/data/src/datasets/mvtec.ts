import type { LoadOptions } from '../class-samples.js';
import { MVTEC_LAYOUT } from '../published/layout.js';
import { readTree } from '../published/mvtec-tree.js';
import { openFolder } from '../sources/folder-reader.js';
import type { Dataset, DatasetInfo } from '../types.js';
import { asOfficial, splitCounts } from './official.js';

/** What is known about MVTec AD, read by {@link loadMvtec}. */
export const MVTEC_AD: DatasetInfo = {
  name: 'MVTec AD',
  licence: 'CC BY-NC-SA 4.0',
  citation:
    'Bergmann, Fauser, Sattlegger, Steger, "MVTec AD: A Comprehensive Real-World Dataset for Unsupervised Anomaly Detection", CVPR 2019',
  source: 'https://www.mvtec.com/company/research/datasets/mvtec-ad',
  counts: splitCounts({
    bottle: [209, 20, 63],
    cable: [224, 58, 92],
    capsule: [219, 23, 109],
    carpet: [280, 28, 89],
    grid: [264, 21, 57],
    hazelnut: [391, 40, 70],
    leather: [245, 32, 92],
    metal_nut: [220, 22, 93],
    pill: [267, 26, 141],
    screw: [320, 41, 119],
    tile: [230, 33, 84],
    toothbrush: [60, 12, 30],
    transistor: [213, 60, 40],
    wood: [247, 19, 60],
    zipper: [240, 32, 119],
  }),
};

/** What is known about MPDD, read by {@link loadMvtec}. */
export const MPDD: DatasetInfo = {
  name: 'MPDD',
  licence: 'CC BY-NC-SA 4.0',
  citation:
    'Jezek, Jonak, Burget, Dvorak, Skotak, "Deep Learning-Based Defect Detection of Metal Parts", ICUMT 2021',
  source: 'https://github.com/stepanje/MPDD',
  counts: splitCounts({
    bracket_black: [289, 32, 47],
    bracket_brown: [185, 26, 51],
    bracket_white: [110, 30, 30],
    connector: [128, 30, 14],
    metal_plate: [54, 26, 71],
    tubes: [122, 32, 69],
  }),
};

const LAYOUT = `
  <root>/
    <class>/
      train/good/*.png            normal images to learn from
      test/good/*.png             normal images to test with (optional)
      test/<defect>/*.png         anomalous images to test with (optional)
      ground_truth/<defect>/*_mask.png   masks, above 0 at the defect (optional)`;

/**
 * Reads the listing of a data set in the layout of MVTec AD; no image is opened. Each folder under `root` with
 * `train/good` or `test` in it is a class; `root` may also be one such folder itself. Three class folders or more that all
 * belong to MVTec AD, or to MPDD, are recognised as that data set, and their images are counted.
 *
 * ```text
 * root/bottle/train/good/000.png
 * root/bottle/test/good/000.png
 * root/bottle/test/hole/000.png
 * root/bottle/ground_truth/hole/000_mask.png     (or 000.png)
 * ```
 *
 * Images: png, jpg, jpeg, tif, tiff, webp, bmp in any case; masks: png, tif, tiff, bmp. Classes and samples are sorted by
 * UTF-16 code unit, the same on every machine. `warnings` reports what is missing or does not fit: no `test`, no
 * `test/good`, no mask, a mask without an image, unknown files.
 *
 * @throws MintError `NOT_FOUND` when `root` is not a folder, `EMPTY_DATASET` when it has no image in this layout,
 * `INVALID_ARGUMENT` for an unknown class, or a symbolic link that leads out of `root`.
 * @see Bergmann et al., "MVTec AD", CVPR 2019; Jezek et al., MPDD, ICUMT 2021.
 *
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { loadMvtec, proceduralDataset, writeMvtec } from '@mint/data';
 *
 * const folder = await mkdtemp(join(tmpdir(), 'mint-'));
 * await writeMvtec(proceduralDataset({ trainPerClass: 2, testGoodPerClass: 1, defectsPerClass: 1, size: 32 }), folder);
 * const { classes, samples } = await loadMvtec(folder, { classes: ['gear', 'weave'] });
 * console.log(classes, samples.length, samples.filter(({ maskPath }) => maskPath !== undefined).length);
 * // [ 'gear', 'weave' ] 14 8
 * ```
 */
export async function loadMvtec(root: string, options: LoadOptions = {}): Promise<Dataset> {
  const reader = await openFolder(root);
  const { dataset, known } = await readTree(reader, MVTEC_LAYOUT, LAYOUT, options);
  // Your own data may well have a class 'screw'; three known names and no other are not a coincidence.
  const info = publishedAs(known);
  return info === undefined ? dataset : asOfficial(dataset, info, options.classes === undefined);
}

/** The published data set in this layout that all these classes belong to. */
export const publishedAs = (classes: readonly string[]): DatasetInfo | undefined =>
  [MVTEC_AD, MPDD].find(
    ({ counts }) => classes.length >= 3 && classes.every((name) => Object.hasOwn(counts, name)),
  );
