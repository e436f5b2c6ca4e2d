import type { LoadOptions } from '../class-samples.js';
import type { TreeLayout } from '../published/layout.js';
import { readTree } from '../published/mvtec-tree.js';
import { openFolder } from '../sources/folder-reader.js';
import type { Dataset, DatasetInfo } from '../types.js';
import { asOfficial } from './official.js';

/** What is known about MVTec AD 2, read by {@link loadMvtec2}. */
export const MVTEC_AD_2: DatasetInfo = {
  name: 'MVTec AD 2',
  licence: 'CC BY-NC-SA 4.0',
  citation:
    'Heckler-Kram, Neudeck, Scheler, König, Steger, "The MVTec AD 2 Dataset: Advanced Scenarios for Unsupervised Anomaly Detection", arXiv:2503.21622, 2025',
  source: 'https://www.mvtec.com/company/research/datasets/mvtec-ad-2',
  // 8,004 images: 2,528 training, 302 validation, 379 + 705 public test; the counts by class could not be confirmed.
  counts: {
    can: {},
    fabric: {},
    fruit_jelly: {},
    rice: {},
    sheet_metal: {},
    vial: {},
    wallplugs: {},
    walnuts: {},
  },
};

const MVTEC_AD_2_LAYOUT: TreeLayout = {
  good: 'good',
  test: 'test_public',
  masks: { root: ['test_public', 'ground_truth'] },
};

const LAYOUT =
  '\n  <root>/<class>/{train/good,validation/good,test_public/good,test_public/bad,test_public/ground_truth/bad}/*.png';

/**
 * Reads MVTec AD 2 with its public test set; the private test sets have no ground truth and are left out. Images of
 * `validation/good` have the split `validation`.
 *
 * @throws MintError `NOT_FOUND` when `root` is not a folder, `EMPTY_DATASET` when it has no image in this layout,
 * `INVALID_ARGUMENT` for an unknown class or a symbolic link that leads out of `root`.
 *
 * @example
 * ```ts no-run
 * import { loadMvtec2 } from '@mint/data';
 *
 * const { samples } = await loadMvtec2('mvtec_ad_2', { classes: ['vial'] });
 * const held = samples.filter(({ split }) => split === 'validation');
 * ```
 */
export async function loadMvtec2(root: string, options: LoadOptions = {}): Promise<Dataset> {
  const { dataset } = await readTree(await openFolder(root), MVTEC_AD_2_LAYOUT, LAYOUT, options);
  return asOfficial(dataset, MVTEC_AD_2, options.classes === undefined);
}
