import { join } from 'node:path';
import { MintError } from '@mint/internal';
import { few, isImage, isMask, stemOf } from '../names.js';
import { openFolder } from '../sources/folder-reader.js';
import { assertKnown, type ClassSample, indexed, type LoadOptions } from '../trees/mvtec-tree.js';
import type { Dataset, DatasetInfo } from '../types.js';
import { asOfficial } from './official.js';

/** What is known of DAGM 2007, read by {@link loadDagm}. */
export const DAGM: DatasetInfo = {
  name: 'DAGM 2007',
  licence: 'not confirmed; see the download page',
  citation:
    'Wieler, Hahn, "Weakly Supervised Learning for Industrial Optical Inspection", DAGM symposium, 2007',
  source:
    'https://hci.iwr.uni-heidelberg.de/content/weakly-supervised-learning-industrial-optical-inspection',
  // Half of 1,150 (classes 1 to 6) or 2,300 images, defective ones among them; how many of each half are defective could not be confirmed.
  counts: Object.fromEntries(
    Array.from({ length: 10 }, (_, i) => [`Class${i + 1}`, { train: i < 6 ? 575 : 1150 }]),
  ),
};

/**
 * Reads DAGM 2007: `Class1` … `Class10`, each with `Train/` and `Test/`, in them the images and `Label/<stem>_label.PNG`, an
 * ellipse around the defect. An image with a label is defective; those of `Train` are kept, `anomalous` in `train`: an
 * unsupervised method leaves them alone.
 *
 * @throws MintError `NOT_FOUND` when `root` is no folder, `EMPTY_DATASET` when no image is there in this layout,
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
export async function loadDagm(root: string, { classes }: LoadOptions = {}): Promise<Dataset> {
  const reader = await openFolder(root);
  const number = (name: string) => Number(name.slice('Class'.length));
  const known = (await reader.list()).folders
    .filter((name) => /^Class\d+$/.test(name))
    .sort((a, b) => number(a) - number(b));
  assertKnown(reader, known, classes);
  const warnings: string[] = [];
  const orphanMasks: string[] = [];
  const samples: ClassSample[] = [];
  for (const className of known.filter((name) => classes?.includes(name) ?? true)) {
    for (const [folder, split] of [
      ['Train', 'train'],
      ['Test', 'test'],
    ] as const) {
      const { files } = await reader.list(className, folder);
      const labels = (await reader.list(className, folder, 'Label')).files.filter(isMask);
      const masks = new Map(labels.map((file) => [stemOf(file).replace(/_label$/i, ''), file]));
      for (const file of files.filter(isImage)) {
        const mask = masks.get(stemOf(file));
        masks.delete(stemOf(file));
        samples.push({
          id: `${className}/${split}/${stemOf(file)}`,
          className,
          split,
          imagePath: join(reader.root, className, folder, file),
          ...(mask === undefined
            ? { label: 'normal' }
            : {
                label: 'anomalous',
                defect: 'defective',
                maskPath: join(reader.root, className, folder, 'Label', mask),
              }),
        });
      }
      orphanMasks.push(
        ...[...masks.values()].map((file) => join(reader.root, className, folder, 'Label', file)),
      );
      if (masks.size > 0)
        warnings.push(
          `${className}: ${masks.size} labels of ${folder} have no image: ${few([...masks.values()])}.`,
        );
    }
  }
  if (samples.length === 0) {
    throw new MintError(
      'EMPTY_DATASET',
      `${reader.root}: no image. Expected:\n  <root>/Class<1-10>/{Train,Test}/*.PNG and Label/*_label.PNG`,
    );
  }
  return asOfficial(
    { ...indexed(samples), name: reader.name, warnings, orphanMasks },
    DAGM,
    classes === undefined,
  );
}
