import { join } from 'node:path';
import { MintError } from '@mint/internal';
import { readFileOf } from '@mint/internal/node';
import { decodeMask } from '../decode/decode.js';
import { mapLimited } from '../map-limited.js';
import { few, isImage, stemOf } from '../names.js';
import { openFolder } from '../sources/folder-reader.js';
import type { Dataset, DatasetInfo, Sample } from '../types.js';
import { asOfficial } from './official.js';

/** What is known of KolektorSDD2, read by {@link loadKsdd2}. */
export const KOLEKTOR_SDD2: DatasetInfo = {
  name: 'KolektorSDD2',
  licence: 'CC BY-NC-SA 4.0',
  citation:
    'Božič, Tabernik, Skočaj, "Mixed supervision for surface-defect detection: from weakly to fully supervised learning", Computers in Industry 129, 2021',
  source: 'https://www.vicos.si/resources/kolektorsdd2/',
  // Of the training images 246 are defective.
  counts: { ksdd2: { train: 2331, testNormal: 894, testAnomalous: 110 } },
};

/**
 * Reads KolektorSDD2: `train/` and `test/` with `<stem>.png` and `<stem>_GT.png`. An image is defective when its mask is not
 * empty, so all 3,335 masks are opened. The defective training images are kept, `anomalous` in `train`: an unsupervised
 * method leaves them alone.
 *
 * @throws MintError `NOT_FOUND` when `root` is no folder, `EMPTY_DATASET` when no image is there in this layout, those of
 * {@link decodeMask}, `INVALID_ARGUMENT` for a symbolic link that leads out of `root`.
 *
 * @example
 * ```ts no-run
 * import { loadKsdd2 } from '@mint/data';
 *
 * const { samples } = await loadKsdd2('KolektorSDD2');
 * const normals = samples.filter(({ split, label }) => split === 'train' && label === 'normal');
 * ```
 */
export async function loadKsdd2(root: string): Promise<Dataset> {
  const reader = await openFolder(root);
  const warnings: string[] = [];
  const samples: Sample[] = [];
  for (const split of ['train', 'test'] as const) {
    const { files } = await reader.list(split);
    const all = files.filter(isImage);
    const masks = new Map(
      all.filter((file) => stemOf(file).endsWith('_GT')).map((file) => [stemOf(file), file]),
    );
    const images = all.filter((file) => !masks.has(stemOf(file)));
    const bare = images.filter((file) => !masks.has(`${stemOf(file)}_GT`));
    if (bare.length > 0)
      warnings.push(
        `${bare.length} images of ${split} have no mask, so their label is unknown; left out: ${few(bare)}.`,
      );
    const labelled = images.filter((file) => masks.has(`${stemOf(file)}_GT`));
    samples.push(
      ...(await mapLimited(labelled, 4, async (file): Promise<Sample> => {
        const maskPath = join(reader.root, split, masks.get(`${stemOf(file)}_GT`) ?? '');
        const { data } = await decodeMask(await readFileOf('mask', maskPath), maskPath);
        return {
          id: `ksdd2/${split}/${stemOf(file)}`,
          className: 'ksdd2',
          classIndex: 0,
          split,
          imagePath: join(reader.root, split, file),
          ...(data.includes(1) ? { label: 'anomalous', defect: 'defective', maskPath } : { label: 'normal' }),
        };
      })),
    );
  }
  if (samples.length === 0) {
    throw new MintError(
      'EMPTY_DATASET',
      `${reader.root}: no image with its mask. Expected:\n  <root>/{train,test}/<stem>.png and <stem>_GT.png`,
    );
  }
  return asOfficial({ name: reader.name, classes: ['ksdd2'], samples, warnings }, KOLEKTOR_SDD2, true);
}
