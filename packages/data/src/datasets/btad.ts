import type { LoadOptions } from '../class-samples.js';
import { readTree } from '../published/mvtec-tree.js';
import { openFolder } from '../sources/folder-reader.js';
import type { Dataset, DatasetInfo } from '../types.js';
import { asOfficial, splitCounts } from './official.js';

/** What is known about beanTech's BTAD, read by {@link loadBtad}. */
export const BTAD: DatasetInfo = {
  name: 'BTAD',
  licence: 'not stated with the download; anomalib names CC BY-NC-SA 4.0',
  citation:
    'Mishra, Verk, Fornasier, Piciarelli, Foresti, "VT-ADL: A Vision Transformer Network for Image Anomaly Detection and Localization", ISIE 2021',
  source: 'http://avires.dimi.uniud.it/papers/btad/btad.zip',
  counts: splitCounts({ '01': [400, 21, 49], '02': [399, 30, 200], '03': [1000, 400, 41] }),
};

const LAYOUT = '\n  <root>/<01|02|03>/{train/ok,test/ok,test/ko,ground_truth/ko}/*.{bmp,png}';

/**
 * Reads beanTech's BTAD (folder `BTech_Dataset_transformed`), images in BMP and PNG.
 *
 * @throws MintError `NOT_FOUND` when `root` is not a folder, `EMPTY_DATASET` when it has no image in this layout,
 * `INVALID_ARGUMENT` for an unknown class or a symbolic link that leads out of `root`.
 *
 * @example
 * ```ts no-run
 * import { loadBtad } from '@mint/data';
 *
 * const { classes, samples, warnings } = await loadBtad('BTech_Dataset_transformed');
 * console.log(classes, samples.length, warnings);
 * ```
 */
export async function loadBtad(root: string, options: LoadOptions = {}): Promise<Dataset> {
  const layout = { good: 'ok', test: 'test', masks: { root: ['ground_truth'] } };
  const { dataset } = await readTree(await openFolder(root), layout, LAYOUT, options);
  return asOfficial(dataset, BTAD, options.classes === undefined);
}
