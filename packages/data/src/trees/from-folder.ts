import { basename, join } from 'node:path';
import { MintError } from '@mint/internal';
import { classFilter, indexed, type LoadOptions } from '../class-samples.js';
import { byCodeUnit, few, isImage, stemOf } from '../names.js';
import { openFolder } from '../sources/folder-reader.js';
import { decideSplits, type SplitOptions } from '../splits/undecided.js';
import type { Dataset, ImageSource } from '../types.js';
import { imageStem } from '../words.js';
import { classFolders, type Described, describe, placeOf } from './describe.js';
import { type Placed, pairMasks } from './own-masks.js';

/**
 * Reads a folder of images whose sub-folders say what they are, in any of these shapes and their mixtures:
 *
 * ```text
 * parts/bolt/good/1.png   parts/bolt/scratch/2.png        one folder per class
 * parts/good/1.png        parts/bad/2.png                 one class
 * parts/train/ok/1.png    parts/test/ng/2.png             one class, split
 * parts/train/bolt/1.png  parts/test/bolt/{good,dent}/…   split, class, kind
 * parts/bolt/1.png        parts/nut/2.png                 good images only
 * parts/1.png                                             one class, good only
 * ```
 *
 * Folder names are read as words (see the README): for splits, good, anomalous, masks. Any other name is a class, or a kind of
 * defect inside a class. Masks lie in a folder of masks under the image's name, or beside the image as `<stem>_mask.png`.
 * `layout` reports how the folder was understood, `warnings` what did not fit.
 *
 * @throws MintError `NOT_FOUND` when `root` is not a folder, `EMPTY_DATASET` without an image, `INVALID_ARGUMENT` for an
 * unknown class, `testFraction` out of range, or a symbolic link that leads out of `root`.
 *
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { fromFolder, proceduralDataset, writeMvtec } from '@mint/data';
 *
 * const folder = await mkdtemp(join(tmpdir(), 'mint-'));
 * await writeMvtec(proceduralDataset({ trainPerClass: 2, testGoodPerClass: 1, defectsPerClass: 1, size: 32 }), folder);
 * const { classes, samples, layout } = await fromFolder(folder);
 * console.log(classes, samples.length, layout);
 * ```
 */
export async function fromFolder(root: string, options: LoadOptions & SplitOptions = {}): Promise<Dataset> {
  const reader = await openFolder(root);
  const absolute = (path: string) => join(reader.root, ...path.split('/'));
  const { orphanMasks, samples, ...dataset } = arrange(await reader.walk(), reader, options);
  return {
    ...dataset,
    samples: samples.map((sample) => ({
      ...sample,
      imagePath: absolute(sample.imagePath),
      maskPath: sample.maskPath && absolute(sample.maskPath),
    })),
    orphanMasks: orphanMasks.map(absolute),
  };
}

/**
 * {@link fromFolder} for a store elsewhere. Lists it and reads no image. `imagePath` and `maskPath` are paths in the store.
 *
 * @throws MintError as `fromFolder`, and those of the source's `list`.
 *
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { folderSource, fromSource, proceduralDataset, writeMvtec } from '@mint/data';
 *
 * const folder = await mkdtemp(join(tmpdir(), 'mint-'));
 * await writeMvtec(proceduralDataset({ trainPerClass: 2, testGoodPerClass: 1, defectsPerClass: 1, size: 32 }), folder);
 * const { samples } = await fromSource(await folderSource(folder)); // or httpSource, s3Source
 * console.log(samples.length, samples[0]?.imagePath); // 28 capsule/test/good/000.png
 * ```
 */
export async function fromSource(
  source: ImageSource,
  options: LoadOptions & SplitOptions = {},
): Promise<Dataset> {
  const files: string[] = [];
  for await (const path of source.list()) files.push(path);
  const name = basename(source.name) || source.name;
  const dataset = arrange(files.sort(byCodeUnit), { root: source.name, name }, options);
  return { ...dataset, samples: dataset.samples.map((sample) => ({ ...sample, source })) };
}

/** Pure: the data set that paths below a root mean. */
function arrange(
  files: readonly string[],
  where: { readonly root: string; readonly name: string },
  options: LoadOptions & SplitOptions,
) {
  const read = readPaths(files, where.name);
  if (read.samples.length === 0) {
    throw new MintError(
      'EMPTY_DATASET',
      `${where.root}: none of its ${files.length} files is an image whose place is clear. Expected for instance ` +
        `<class>/train/good/*.png, or <class>/good/*.png and <class>/<defect>/*.png. ${read.warnings.join(' ')}`,
    );
  }
  const isWanted = classFilter(
    where.root,
    [...new Set(read.samples.map(({ className }) => className))],
    options,
  );
  const decided = decideSplits(
    read.samples.filter(({ className }) => isWanted(className)),
    options,
  );
  return {
    ...indexed(decided.samples),
    name: where.name,
    layout: `${read.summary}; ${decided.summary}`,
    warnings: read.warnings,
    orphanMasks: read.orphans,
  };
}

/** Pure: what a list of paths means. */
function readPaths(files: readonly string[], rootName: string) {
  const warnings: string[] = [];
  const others = files.filter((file) => !isImage(file) && !/(^|\/)(license|readme)[^/]*$/i.test(file));
  if (others.length > 0) warnings.push(`${others.length} file(s) are not images by name: ${few(others)}.`);
  const { images, masks } = imagesAndMasks(files.filter(isImage));
  const classes = classFolders(images);
  const samples: Placed[] = [];
  const unclear: string[] = [];
  for (const file of images) {
    const place = placeOf(classes, file);
    if (place === undefined) unclear.push(file.path);
    else
      samples.push({
        ...place,
        id: stemOf(file.path),
        className: place.className || rootName,
        split: file.split,
        imagePath: file.path,
      });
  }
  if (unclear.length > 0)
    warnings.push(
      `${unclear.length} image(s) lie beside folders of good images, so their label is not clear; left out: ${few(unclear)}.`,
    );
  const { paired, orphans } = pairMasks(uniqueIds(samples), masks, classes, warnings);
  paired.sort((a, b) => byCodeUnit(a.className, b.className) || byCodeUnit(a.id, b.id));
  const names = new Set(samples.map(({ className }) => className));
  const count = names.size === 1 ? 'one class' : `${names.size} class folders`;
  const labels =
    classes.size === 0
      ? 'no folder is called good, so all images are good unless their folder says anomalous'
      : 'good and anomalous by folder';
  return { samples: paired, orphans, warnings, summary: `${count}, ${labels}` };
}

/** A mask lies in a folder of masks, or beside its image under the image's name and an ending such as `_mask`. */
function imagesAndMasks(paths: readonly string[]): { images: Described[]; masks: Described[] } {
  const stems = new Set(paths.map(stemOf));
  const isMaskFile = ({ path, mask }: Described) => {
    const stem = stemOf(path);
    return mask || (imageStem(stem) !== stem && stems.has(imageStem(stem)));
  };
  const all = paths.map(describe);
  return { images: all.filter((file) => !isMaskFile(file)), masks: all.filter(isMaskFile) };
}

/** Where two images differ in their ending alone, both ids are the full names. */
function uniqueIds(samples: readonly Placed[]): Placed[] {
  const count = new Map<string, number>();
  for (const { id } of samples) count.set(id, (count.get(id) ?? 0) + 1);
  return samples.map((sample) =>
    (count.get(sample.id) ?? 0) > 1 ? { ...sample, id: sample.imagePath } : sample,
  );
}
