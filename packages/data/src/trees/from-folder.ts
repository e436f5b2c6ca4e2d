import { basename, join } from 'node:path';
import { MintError } from '@mint/internal';
import { byCodeUnit, few, isImage, isMask, stemOf } from '../names.js';
import { openFolder } from '../sources/folder-reader.js';
import type { ImageSource } from '../sources/folder-source.js';
import { decideSplits, type SplitOptions, type Undecided } from '../splits/undecided.js';
import type { Dataset, Sample } from '../types.js';
import { assertKnown, indexed, type LoadOptions } from './mvtec-tree.js';
import { imageStem, isMaskWord, isWrapperWord, labelWord, splitWord } from './words.js';

/** What the folders of a file say about it. */
interface Described {
  /** Path below the root with `/`. */
  readonly path: string;
  /** Folders that are no known word: classes and kinds of defects. */
  readonly names: readonly string[];
  /** How many of `names` stand before the label's word; all of them without one. */
  readonly namesBefore: number;
  readonly label?: Sample['label'];
  readonly split?: Sample['split'];
  /** In a folder of masks. */
  readonly mask: boolean;
}

/**
 * Reads a folder of images whose sub-folders say what they are, in any of these shapes and their mixtures:
 *
 * ```text
 * parts/bolt/good/1.png   parts/bolt/scratch/2.png        a folder a class
 * parts/good/1.png        parts/bad/2.png                 one class
 * parts/train/ok/1.png    parts/test/ng/2.png             split outside
 * parts/train/bolt/1.png  parts/test/bolt/{good,dent}/…   split, class, kind
 * parts/bolt/1.png        parts/nut/2.png                 good images only
 * parts/1.png                                             one class, good only
 * ```
 *
 * Folder names are read as words (see the README): of splits, of good, of defective, of masks; any other name is a class, or
 * inside one a kind of defect. Masks lie in a folder of masks under the image's name, or beside it as `<stem>_mask.png`.
 * How the folder was understood is told in `layout`, what did not fit in `warnings`.
 *
 * @throws MintError `NOT_FOUND` when `root` is no folder, `EMPTY_DATASET` without an image, `INVALID_ARGUMENT` for an
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
  const { orphanMasks = [], ...dataset } = arrange(await reader.walk(), reader, options);
  const samples = dataset.samples.map((sample) => ({
    ...sample,
    ...(sample.imagePath !== undefined && { imagePath: absolute(sample.imagePath) }),
    ...(typeof sample.maskPath === 'string' && { maskPath: absolute(sample.maskPath) }),
  }));
  return { ...dataset, samples, orphanMasks: orphanMasks.map(absolute) };
}

/**
 * {@link fromFolder} for a store elsewhere: lists it, reads no image. `imagePath` and `maskPath` are paths in the store.
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
): Dataset {
  const read = describeFiles(files, where.name);
  if (read.samples.length === 0) {
    throw new MintError(
      'EMPTY_DATASET',
      `${where.root}: no image that could be placed among its ${files.length} files. Expected for instance ` +
        `<class>/train/good/*.png, or <class>/good/*.png and <class>/<defect>/*.png. ${read.warnings.join(' ')}`,
    );
  }
  assertKnown(where, [...new Set(read.samples.map(({ className }) => className))], options.classes);
  const wanted = read.samples.filter(({ className }) => options.classes?.includes(className) ?? true);
  const decided = decideSplits(wanted, options);
  return {
    ...indexed(decided.samples),
    name: where.name,
    layout: `${read.told}; ${decided.told}`,
    warnings: read.warnings,
    orphanMasks: read.orphans,
  };
}

type Placed = Undecided & { readonly imagePath: string; readonly maskPath?: string };

/** Pure: what a list of paths means. */
function describeFiles(files: readonly string[], rootName: string) {
  const warnings: string[] = [];
  const others = files.filter((file) => !isImage(file) && !/(^|\/)(license|readme)[^/]*$/i.test(file));
  if (others.length > 0) warnings.push(`${others.length} file(s) are no image by name: ${few(others)}.`);
  const paths = files.filter(isImage);
  const there = new Set(paths.map((path) => stemOf(path)));
  const all = paths.map(describe);
  const isMaskFile = ({ path, mask }: Described) => {
    const stem = stemOf(path);
    return mask || (imageStem(stem) !== stem && there.has(imageStem(stem)));
  };
  const images = all.filter((file) => !isMaskFile(file));
  const masks = all.filter(isMaskFile);

  // A class is a folder with good images below it, by their word; the root itself counts.
  const classes = new Set(
    images.flatMap(({ label, names, namesBefore }) =>
      label === 'normal' ? [names.slice(0, namesBefore).join('/')] : [],
    ),
  );
  const samples: Placed[] = [];
  const unclear: string[] = [];
  for (const file of images) {
    const placed = place(classes, file);
    if (placed === undefined) {
      unclear.push(file.path);
      continue;
    }
    const { className, label, defect } = placed;
    samples.push({
      id: stemOf(file.path),
      className: className === '' ? rootName : className,
      ...(file.split === undefined ? {} : { split: file.split }),
      label,
      ...(label === 'normal' ? {} : { defect }),
      imagePath: file.path,
    });
  }
  if (unclear.length > 0)
    warnings.push(
      `${unclear.length} image(s) stand beside folders of good ones, so it is not clear what they are; left out: ${few(unclear)}.`,
    );
  const { paired: withMasks, orphans } = pairMasks(uniqueIds(samples), masks, classes, warnings);
  withMasks.sort((a, b) => byCodeUnit(a.className, b.className) || byCodeUnit(a.id, b.id));
  const names = new Set(samples.map(({ className }) => className));
  const told = `${names.size === 1 ? 'one class' : `${names.size} class folders`}, ${
    classes.size === 0
      ? 'no folder is called good, so all but those called defective are taken for good'
      : 'good and defective by folder'
  }`;
  return { samples: withMasks, orphans, warnings, told };
}

function describe(path: string): Described {
  const folders = path.split('/').slice(0, -1);
  const names: string[] = [];
  let namesBefore: number | undefined;
  let label: Sample['label'] | undefined;
  let split: Sample['split'] | undefined;
  let mask = false;
  for (const folder of folders) {
    const [asSplit, asLabel] = [splitWord(folder), labelWord(folder)];
    if (asSplit !== undefined) split ??= asSplit;
    else if (asLabel !== undefined && label === undefined) {
      label = asLabel;
      namesBefore = names.length;
    } else if (isMaskWord(folder)) mask = true;
    else if (!isWrapperWord(folder)) names.push(folder);
  }
  return {
    path,
    names,
    namesBefore: namesBefore ?? names.length,
    ...(label === undefined ? {} : { label }),
    ...(split === undefined ? {} : { split }),
    mask,
  };
}

/** Parts of the class folder of a file, empty for the root. Without any good folder the first folder is the class. */
function classOf(classes: ReadonlySet<string>, { names, namesBefore }: Described): readonly string[] {
  const before = names.slice(0, namesBefore);
  const deepest = before
    .map((_, i) => before.slice(0, before.length - i))
    .find((parts) => classes.has(parts.join('/')));
  return deepest ?? (classes.has('') ? [] : before.slice(0, 1));
}

function place(classes: ReadonlySet<string>, file: Described) {
  const folder = classOf(classes, file);
  const kind = file.names.slice(folder.length).join('-');
  const placed = { className: folder.join('-'), defect: kind || 'defective' };
  if (file.label !== undefined) return { ...placed, label: file.label };
  if (classes.size === 0) return { ...placed, label: 'normal' as const };
  if (kind !== '') return { ...placed, label: 'anomalous' as const };
  return file.split === 'train' ? { ...placed, label: 'normal' as const } : undefined;
}

/** Where two images differ in their ending alone, both go by their full names. */
function uniqueIds(samples: readonly Placed[]): Placed[] {
  const count = new Map<string, number>();
  for (const { id } of samples) count.set(id, (count.get(id) ?? 0) + 1);
  return samples.map((sample) =>
    (count.get(sample.id) ?? 0) > 1 ? { ...sample, id: sample.imagePath } : sample,
  );
}

/** Masks by class, kind and stem, or by class and stem where that names one defective image. */
function pairMasks(
  samples: readonly Placed[],
  masks: readonly Described[],
  classes: ReadonlySet<string>,
  warnings: string[],
): { paired: Placed[]; orphans: string[] } {
  if (masks.length === 0) return { paired: [...samples], orphans: [] };
  const lossy = masks.filter(({ path }) => !isMask(path)).map(({ path }) => path);
  if (lossy.length > 0)
    warnings.push(
      `${lossy.length} mask(s) are no PNG, TIFF or BMP, so their 0 is not sure; not read: ${few(lossy)}.`,
    );
  const usable = masks.filter(({ path }) => isMask(path));
  const exact = new Map<string, string[]>();
  const loose = new Map<string, string[]>();
  for (const mask of usable) {
    const stem = stemOf(basename(mask.path));
    for (const key of new Set([stem, imageStem(stem)])) {
      append(exact, [...mask.names, key].join('/'), mask.path);
      append(loose, [...classOf(classes, mask), key].join('/'), mask.path);
    }
  }
  const keysOf = ({ imagePath }: Placed) => {
    const file = describe(imagePath);
    const stem = stemOf(basename(imagePath));
    return { exact: [...file.names, stem].join('/'), loose: [...classOf(classes, file), stem].join('/') };
  };
  const rivals = new Map<string, string[]>();
  const defective = samples.filter(({ label }) => label === 'anomalous');
  for (const sample of defective) append(rivals, keysOf(sample).loose, sample.id);
  const used = new Set<string>();
  const paired = samples.map((sample) => {
    if (sample.label === 'normal') return sample;
    const keys = keysOf(sample);
    const alone = rivals.get(keys.loose)?.length === 1;
    const found = exact.get(keys.exact) ?? (alone ? loose.get(keys.loose) : undefined) ?? [];
    const [maskPath] = found;
    if (maskPath === undefined || found.length > 1) return sample;
    used.add(maskPath);
    return { ...sample, maskPath };
  });
  const bare = defective.length - used.size;
  if (bare > 0)
    warnings.push(
      `${bare} of ${defective.length} defective images have no mask, or several that might be theirs.`,
    );
  const orphans = usable.filter(({ path }) => !used.has(path)).map(({ path }) => path);
  if (orphans.length > 0)
    warnings.push(`${orphans.length} mask(s) without a defective image: ${few(orphans)}.`);
  return { paired, orphans };
}

function append(map: Map<string, string[]>, key: string, value: string): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
