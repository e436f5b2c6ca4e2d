import { join } from 'node:path';
import { MintError } from '@mint/internal';
import {
  type ClassSample,
  classFilter,
  indexed,
  type LoadOptions,
  UNNAMED_DEFECT,
} from '../class-samples.js';
import { few, isImage, isMask, stemOf } from '../names.js';
import { type FolderReader, openFolder } from '../sources/folder-reader.js';
import type { Dataset, DatasetInfo } from '../types.js';
import { asOfficial } from './official.js';

/** What is known about DAGM 2007, read by {@link loadDagm}. */
export const DAGM: DatasetInfo = {
  name: 'DAGM 2007',
  licence: 'not confirmed; see the download page',
  citation:
    'Wieler, Hahn, "Weakly Supervised Learning for Industrial Optical Inspection", DAGM symposium, 2007',
  source:
    'https://hci.iwr.uni-heidelberg.de/content/weakly-supervised-learning-industrial-optical-inspection',
  // Half of 1,150 (classes 1 to 6) or 2,300 images, anomalous images included; how many of each half are anomalous could not be confirmed.
  counts: Object.fromEntries(
    Array.from({ length: 10 }, (_, i) => [`Class${i + 1}`, { train: i < 6 ? 575 : 1150 }]),
  ),
};

/**
 * Reads DAGM 2007: `Class1` … `Class10`, each with `Train/` and `Test/`, which hold the images and `Label/<stem>_label.PNG`, an
 * ellipse around the defect. An image with such a label is anomalous. The anomalous images of `Train` are kept in `train`; an
 * unsupervised method does not use them.
 *
 * @throws MintError `NOT_FOUND` when `root` is not a folder, `EMPTY_DATASET` when it has no image in this layout,
 * `INVALID_ARGUMENT` for an unknown class or a symbolic link that leads out of `root`.
 *
 * @example
 * ```ts no-run
 * import { loadDagm } from '@mint/data';
 *
 * const { samples } = await loadDagm('DAGM2007', { classes: ['Class1', 'Class2'] });
 * const normals = samples.filter(({ split, label }) => split === 'train' && label === 'normal');
 * ```
 */
export async function loadDagm(root: string, options: LoadOptions = {}): Promise<Dataset> {
  const reader = await openFolder(root);
  const number = (name: string) => Number(name.slice('Class'.length));
  const known = (await reader.list()).folders
    .filter((name) => /^Class\d+$/.test(name))
    .sort((a, b) => number(a) - number(b));
  const wanted = known.filter(classFilter(reader.root, known, options));
  const warnings: string[] = [];
  const orphanMasks: string[] = [];
  const samples: ClassSample[] = [];
  for (const className of wanted) {
    for (const folder of ['Train', 'Test'] as const) {
      const read = await readHalf(reader, className, folder);
      const { labels } = read;
      samples.push(...read.samples);
      orphanMasks.push(...labels.map((file) => join(reader.root, className, folder, 'Label', file)));
      if (labels.length > 0)
        warnings.push(`${className}: ${labels.length} labels of ${folder} have no image: ${few(labels)}.`);
    }
  }
  if (samples.length === 0) {
    const message = `${reader.root}: no image. Expected:\n  <root>/Class<1-10>/{Train,Test}/*.PNG and Label/*_label.PNG`;
    throw new MintError('EMPTY_DATASET', message);
  }
  const dataset = { ...indexed(samples), name: reader.name, warnings, orphanMasks };
  return asOfficial(dataset, DAGM, options.classes === undefined);
}

/** The images of one folder of a class, and the labels that belong to none of them. */
async function readHalf(reader: FolderReader, className: string, folder: 'Train' | 'Test') {
  const split = folder === 'Train' ? 'train' : 'test';
  const at = (...parts: string[]) => join(reader.root, className, folder, ...parts);
  const { files } = await reader.list(className, folder);
  const labels = (await reader.list(className, folder, 'Label')).files.filter(isMask);
  const masks = new Map(labels.map((file) => [stemOf(file).replace(/_label$/i, ''), file]));
  const samples = files.filter(isImage).map((file): ClassSample => {
    const stem = stemOf(file);
    const mask = masks.get(stem);
    masks.delete(stem);
    const sample = { id: `${className}/${split}/${stem}`, className, split, imagePath: at(file) } as const;
    if (mask === undefined) return { ...sample, label: 'normal' };
    return { ...sample, label: 'anomalous', defect: UNNAMED_DEFECT, maskPath: at('Label', mask) };
  });
  return { samples, labels: [...masks.values()] };
}
