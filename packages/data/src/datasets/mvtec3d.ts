import type { LoadOptions } from '../class-samples.js';
import type { TreeLayout } from '../published/layout.js';
import { readTree } from '../published/mvtec-tree.js';
import { openFolder } from '../sources/folder-reader.js';
import type { Dataset, DatasetInfo } from '../types.js';
import { asOfficial, splitCounts } from './official.js';

/** What is known about MVTec 3D-AD, read by {@link loadMvtec3d}. */
export const MVTEC_3D: DatasetInfo = {
  name: 'MVTec 3D-AD',
  licence: 'CC BY-NC-SA 4.0',
  citation:
    'Bergmann, Jin, Sattlegger, Steger, "The MVTec 3D-AD Dataset for Unsupervised 3D Anomaly Detection and Localization", VISAPP 2022',
  source: 'https://www.mvtec.com/company/research/datasets/mvtec-3d-ad',
  // The validation counts by class could not be confirmed.
  counts: splitCounts({
    bagel: [244, 22, 88],
    cable_gland: [223, 21, 87],
    carrot: [286, 27, 132],
    cookie: [210, 28, 103],
    dowel: [288, 26, 104],
    foam: [236, 20, 80],
    peach: [361, 26, 106],
    potato: [300, 22, 92],
    rope: [298, 32, 69],
    tire: [210, 25, 87],
  }),
};

const MVTEC_3D_LAYOUT: TreeLayout = {
  good: 'good',
  test: 'test',
  inside: ['rgb'],
  masks: { inside: 'gt' },
};

const LAYOUT =
  '\n  <root>/<class>/{train/good,validation/good,test/<kind>}/rgb/*.png and test/<kind>/gt/*.png     (xyz/ is not read)';

/**
 * Reads the RGB images of MVTec 3D-AD; the point clouds are not read. Images of `validation/good` have the split
 * `validation`.
 *
 * @throws MintError `NOT_FOUND` when `root` is not a folder, `EMPTY_DATASET` when it has no image in this layout,
 * `INVALID_ARGUMENT` for an unknown class or a symbolic link that leads out of `root`.
 *
 * @example
 * ```ts no-run
 * import { loadMvtec3d } from '@mint/data';
 *
 * const { classes, samples } = await loadMvtec3d('mvtec_3d_anomaly_detection');
 * console.log(classes.length, samples.length);
 * ```
 */
export async function loadMvtec3d(root: string, options: LoadOptions = {}): Promise<Dataset> {
  const { dataset } = await readTree(await openFolder(root), MVTEC_3D_LAYOUT, LAYOUT, options);
  return asOfficial(dataset, MVTEC_3D, options.classes === undefined);
}
