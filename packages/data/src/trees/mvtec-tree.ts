import { basename, join } from 'node:path';
import { MintError } from '@mint/internal';
import { few, isImage, isMask, quoted, stemOf } from '../names.js';
import type { FolderReader } from '../sources/folder-reader.js';
import type { Dataset, Sample } from '../types.js';

/** Options of every loader of a folder. */
export interface LoadOptions {
  /** Only these classes; `classIndex` then counts among them. Default: all. */
  readonly classes?: readonly string[];
}

/** Where a class folder keeps what; paths are parts below the class folder. */
export interface TreeLayout {
  /** Name of the folders of good images. */
  readonly good: string;
  /** Folder of the test images, one folder a kind of defect in it. */
  readonly test: string;
  /** Folder inside each kind that holds the images: `['rgb']`. Default: none. */
  readonly inside?: readonly string[];
  /** The masks of a kind lie in `<root>/<kind>`, or in a folder inside the kind's own. */
  readonly masks: { readonly root: readonly string[] } | { readonly inside: string };
  /** The masks of an image are the files of a folder of its stem. Default: one file, `<stem>_mask` or `<stem>`. */
  readonly maskFolders?: boolean;
}

export const MVTEC_LAYOUT: TreeLayout = {
  good: 'good',
  test: 'test',
  masks: { root: ['ground_truth'] },
};

/**
 * Reads a folder of class folders; no image is opened. Classes and samples are sorted by UTF-16 code unit. The root may
 * itself be the folder of one class.
 *
 * @param layoutText - The layout expected, for the message when nothing is found.
 * @returns The data set under the folder's name, and the names of all classes found, chosen or not.
 * @throws MintError `EMPTY_DATASET` when no image is there in this layout, `INVALID_ARGUMENT` for an unknown class.
 */
export async function readTree(
  reader: FolderReader,
  layout: TreeLayout,
  layoutText: string,
  { classes }: LoadOptions,
): Promise<{ dataset: Dataset; known: readonly string[] }> {
  const warnings: string[] = [];
  const found = await findClasses(reader, layout, layoutText, warnings);
  const known = found.map(({ name }) => name);
  assertKnown(reader, known, classes);
  const wanted = found.filter(({ name }) => classes?.includes(name) ?? true);
  const read = await Promise.all(wanted.map(({ name, path }) => readClass(reader, layout, name, path)));
  if (read.every(({ samples }) => samples.length === 0)) {
    const where = wanted.map(({ path }) => join(reader.root, ...path)).join(', ');
    throw new MintError(
      'EMPTY_DATASET',
      `${where || reader.root}: no image in the folders expected:${layoutText}`,
    );
  }
  const dataset = {
    ...indexed(read.flatMap(({ samples }) => samples)),
    name: reader.name,
    warnings: [...warnings, ...read.flatMap((part) => part.warnings)],
    orphanMasks: read.flatMap((part) => part.orphanMasks),
  };
  return { dataset, known };
}

/** @throws MintError `INVALID_ARGUMENT` when a class is asked for that is not there. */
export function assertKnown(
  { root }: { readonly root: string },
  known: readonly string[],
  wanted: readonly string[] = [],
): void {
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new MintError(
    'INVALID_ARGUMENT',
    `no class ${quoted(unknown)} in ${root}; there are ${quoted(known)}.`,
  );
}

/** A sample whose class has no index yet. */
export type ClassSample = Omit<Sample, 'classIndex'>;

/** The classes in their first samples' order, and the samples, which get their index among them. */
export function indexed(samples: readonly ClassSample[]): Pick<Dataset, 'classes' | 'samples'> {
  const classes = [...new Set(samples.map(({ className }) => className))];
  const index = new Map(classes.map((name, i) => [name, i]));
  return {
    classes,
    samples: samples.map((sample) => Object.assign(sample, { classIndex: index.get(sample.className) ?? 0 })),
  };
}

interface ClassFolder {
  readonly name: string;
  /** Parts below the root. */
  readonly path: readonly string[];
}

async function findClasses(
  reader: FolderReader,
  layout: TreeLayout,
  layoutText: string,
  warnings: string[],
): Promise<ClassFolder[]> {
  if (await isClass(reader, layout)) return [{ name: reader.name, path: [] }];
  const { folders, files } = await reader.list();
  const classes: ClassFolder[] = [];
  for (const name of folders) {
    if (await isClass(reader, layout, name)) classes.push({ name, path: [name] });
    else
      warnings.push(
        `${name}: neither train/${layout.good} nor ${layout.test} in it, so it is no class; left out.`,
      );
  }
  if (classes.length > 0) return classes;
  const entries = [...folders.map((name) => `${name}/`), ...files];
  throw new MintError(
    'EMPTY_DATASET',
    `${reader.root}: no class found. Expected:${layoutText}\nFound instead: ${entries.length === 0 ? 'an empty folder' : few(entries)}.`,
  );
}

async function isClass(reader: FolderReader, { good, test }: TreeLayout, ...path: string[]) {
  const [top, train] = await Promise.all([reader.list(...path), reader.list(...path, 'train')]);
  return train.folders.includes(good) || top.folders.includes(test);
}

interface ClassListing {
  readonly samples: readonly ClassSample[];
  readonly warnings: readonly string[];
  readonly orphanMasks: readonly string[];
}

async function readClass(
  reader: FolderReader,
  layout: TreeLayout,
  name: string,
  path: readonly string[],
): Promise<ClassListing> {
  const { good, test, inside = [] } = layout;
  const warnings: string[] = [];
  const orphanMasks: string[] = [];
  const warn = (what: string) => warnings.push(`${name}: ${what}.`);
  const images = async (...parts: string[]) => {
    const inner = [...parts, ...inside];
    const { folders, files } = await reader.list(...path, ...inner);
    const shown = inner.join('/');
    if (folders.length > 0) warn(`folders inside ${shown} are not read: ${few(folders)}`);
    const others = files.filter((file) => !isImage(file));
    if (others.length > 0)
      warn(`${shown} has ${others.length} file(s) that are no image by name: ${few(others)}`);
    return withStems(files.filter(isImage)).map(({ file, stem }) => ({
      file,
      id: [name, ...parts, stem].join('/'),
      imagePath: join(reader.root, ...path, ...inner, file),
    }));
  };

  const samples: ClassSample[] = [];
  for (const split of ['train', 'validation'] as const) {
    for (const { id, imagePath } of await images(split, good))
      samples.push({ id, className: name, split, label: 'normal', imagePath });
    if (split === 'train' && samples.length === 0)
      warn(`no images in train/${good}, so nothing can be learnt of this class`);
  }
  const { folders: trainFolders } = await reader.list(...path, 'train');
  const unused = trainFolders.filter((folder) => folder !== good);
  if (unused.length > 0) warn(`folders of train other than ${good} are not read: ${few(unused)}`);

  // MVTec AD 2 keeps the masks among the kinds.
  const maskRoot = 'root' in layout.masks ? layout.masks.root : undefined;
  const { folders } = await reader.list(...path, test);
  const kinds = folders.filter((kind) => `${test}/${kind}` !== maskRoot?.join('/'));
  const maskKinds = maskRoot === undefined ? kinds : (await reader.list(...path, ...maskRoot)).folders;
  for (const kind of kinds) {
    const found = await images(test, kind);
    if (kind === good) {
      for (const { id, imagePath } of found)
        samples.push({ id, className: name, split: 'test', label: 'normal', imagePath });
      continue;
    }
    const { shown, masks } = await readMasks(reader, layout, path, kind);
    const used = new Set<string>();
    for (const { id, imagePath, file } of found) {
      const stem = [`${stemOf(file)}_mask`, stemOf(file)].find((key) => masks.has(key));
      const maskPath = stem === undefined ? undefined : masks.get(stem);
      if (stem !== undefined) used.add(stem);
      samples.push({
        id,
        className: name,
        split: 'test',
        label: 'anomalous',
        defect: kind,
        imagePath,
        ...(maskPath === undefined ? {} : { maskPath }),
      });
    }
    if (maskKinds.length > 0 && used.size < found.length)
      warn(
        `${found.length - used.size} of ${found.length} images in ${test}/${kind} have no mask in ${shown}`,
      );
    const orphans = [...masks].flatMap(([stem, mask]) => {
      if (used.has(stem)) return [];
      orphanMasks.push(...[mask].flat());
      return [typeof mask === 'string' ? basename(mask) : `${stem}/`];
    });
    if (orphans.length > 0) warn(`${shown} has ${orphans.length} mask(s) without an image: ${few(orphans)}`);
  }
  const orphanKinds = maskKinds.filter((kind) => !kinds.includes(kind));
  if (orphanKinds.length > 0)
    warn(`${maskRoot?.join('/')} has folders that ${test} has not: ${few(orphanKinds)}`);

  const tests = samples.filter(({ split }) => split === 'test');
  if (tests.length === 0) warn('no test images, so it cannot be evaluated');
  else {
    if (tests.every(({ label }) => label === 'anomalous'))
      warn(`no images in ${test}/${good}, so its AUROC is undefined`);
    if (tests.every(({ label }) => label === 'normal'))
      warn('no defective test images, so its AUROC is undefined');
    else if (maskKinds.length === 0)
      warn(`no ${maskRoot?.join('/') ?? 'masks'}, so only image metrics are defined`);
  }
  return { samples, warnings, orphanMasks };
}

/** Masks of one kind by their stem: a file, or the files of a folder. */
async function readMasks(reader: FolderReader, layout: TreeLayout, path: readonly string[], kind: string) {
  const folder =
    'root' in layout.masks ? [...layout.masks.root, kind] : [layout.test, kind, layout.masks.inside];
  const { folders, files } = await reader.list(...path, ...folder);
  const at = (...parts: string[]) => join(reader.root, ...path, ...folder, ...parts);
  const masks = new Map<string, string | string[]>();
  if (layout.maskFolders) {
    for (const stem of folders) {
      const parts = (await reader.list(...path, ...folder, stem)).files.filter(isMask);
      if (parts.length > 0)
        masks.set(
          stem,
          parts.map((file) => at(stem, file)),
        );
    }
  } else for (const file of files.filter(isMask)) masks.set(stemOf(file), at(file));
  return { shown: folder.join('/'), masks };
}

/** A stem names an image in its folder; where two files share one, all of the folder go by their full names. */
function withStems(files: readonly string[]): { file: string; stem: string }[] {
  const unique = new Set(files.map(stemOf)).size === files.length;
  return files.map((file) => ({ file, stem: unique ? stemOf(file) : file }));
}
