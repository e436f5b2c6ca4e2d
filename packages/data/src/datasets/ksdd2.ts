import { join } from 'node:path';
import { MintError } from '@mint/internal';
import { readFileOf } from '@mint/internal/node';
import { UNNAMED_DEFECT } from '../class-samples.js';
import { mapLimited } from '../concurrency.js';
import { decodeMask } from '../decode/mask.js';
import { few, isImage, stemOf } from '../names.js';
import { type FolderReader, openFolder } from '../sources/folder-reader.js';
import type { Dataset, DatasetInfo, Sample } from '../types.js';
import { asOfficial } from './official.js';

/** What is known about KolektorSDD2, read by {@link loadKsdd2}. */
export const KOLEKTOR_SDD2: DatasetInfo = {
  name: 'KolektorSDD2',
  licence: 'CC BY-NC-SA 4.0',
  citation:
    'Božič, Tabernik, Skočaj, "Mixed supervision for surface-defect detection: from weakly to fully supervised learning", Computers in Industry 129, 2021',
  source: 'https://www.vicos.si/resources/kolektorsdd2/',
  // 246 of the training images are anomalous.
  counts: { ksdd2: { train: 2331, testNormal: 894, testAnomalous: 110 } },
};

/**
 * Reads KolektorSDD2: `train/` and `test/` with `<stem>.png` and `<stem>_GT.png`. An image is anomalous when its mask is not
 * empty, so all 3,335 masks are opened. The anomalous training images are kept in `train`; an unsupervised method does not use
 * them.
 *
 * @throws MintError `NOT_FOUND` when `root` is not a folder, `EMPTY_DATASET` when it has no image in this layout, as {@link decodeMask} for a mask that cannot be read, `INVALID_ARGUMENT` for a symbolic link that leads out of `root`.
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
  const [train, test] = [await readSplit(reader, 'train'), await readSplit(reader, 'test')];
  const samples = [...train.samples, ...test.samples];
  if (samples.length === 0) {
    const message = `${reader.root}: no image with its mask. Expected:\n  <root>/{train,test}/<stem>.png and <stem>_GT.png`;
    throw new MintError('EMPTY_DATASET', message);
  }
  const warnings = [...train.warnings, ...test.warnings];
  return asOfficial({ name: reader.name, classes: ['ksdd2'], samples, warnings }, KOLEKTOR_SDD2, true);
}

async function readSplit(reader: FolderReader, split: 'train' | 'test') {
  const files = (await reader.list(split)).files.filter(isImage);
  const masks = new Map(
    files.filter((file) => stemOf(file).endsWith('_GT')).map((file) => [stemOf(file), file]),
  );
  const images = files.filter((file) => !masks.has(stemOf(file)));
  const maskOf = (file: string) => masks.get(`${stemOf(file)}_GT`);
  const bare = images.filter((file) => maskOf(file) === undefined);
  const pairs = images.flatMap((file) => {
    const mask = maskOf(file);
    return mask === undefined ? [] : [{ file, mask }];
  });
  const samples = await mapLimited(pairs, 4, async ({ file, mask }): Promise<Sample> => {
    const maskPath = join(reader.root, split, mask);
    const { data } = await decodeMask(await readFileOf('mask', maskPath), maskPath);
    return {
      id: `ksdd2/${split}/${stemOf(file)}`,
      className: 'ksdd2',
      classIndex: 0,
      split,
      imagePath: join(reader.root, split, file),
      ...(data.includes(1) ? { label: 'anomalous', defect: UNNAMED_DEFECT, maskPath } : { label: 'normal' }),
    };
  });
  const warning = `${bare.length} images of ${split} have no mask, so their label is unknown; left out: ${few(bare)}.`;
  return { samples, warnings: bare.length > 0 ? [warning] : [] };
}
