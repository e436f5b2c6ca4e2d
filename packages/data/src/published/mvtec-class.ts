import { basename, join } from 'node:path';
import type { ClassSample } from '../class-samples.js';
import { few, isImage, isMask, stemOf } from '../names.js';
import type { FolderReader, Listing } from '../sources/folder-reader.js';
import type { TreeLayout } from './layout.js';

/** What a class folder holds. */
export interface ClassListing {
  readonly samples: readonly ClassSample[];
  readonly warnings: readonly string[];
  readonly orphanMasks: readonly string[];
}

/** A class folder while it is being read. */
interface ClassFolder {
  readonly name: string;
  readonly layout: TreeLayout;
  /** Lists a folder below the class folder. */
  readonly list: (...parts: readonly string[]) => Promise<Listing>;
  /** Absolute path of an entry below the class folder. */
  readonly at: (...parts: readonly string[]) => string;
  readonly warn: (what: string) => void;
  readonly orphanMasks: string[];
}

/** Reads the listing of one class folder, whose parts below the root are `path`; no image is opened. */
export async function readClass(
  reader: FolderReader,
  layout: TreeLayout,
  name: string,
  path: readonly string[],
): Promise<ClassListing> {
  const warnings: string[] = [];
  const folder: ClassFolder = {
    name,
    layout,
    list: (...parts) => reader.list(...path, ...parts),
    at: (...parts) => join(reader.root, ...path, ...parts),
    warn: (what) => warnings.push(`${name}: ${what}.`),
    orphanMasks: [],
  };
  const training = await readTraining(folder);
  const tests = await readTests(folder);
  return { samples: [...training, ...tests], warnings, orphanMasks: folder.orphanMasks };
}

async function readTraining(folder: ClassFolder): Promise<ClassSample[]> {
  const { name, layout, list, warn } = folder;
  const { good } = layout;
  const samples: ClassSample[] = [];
  for (const split of ['train', 'validation'] as const) {
    for (const { id, imagePath } of await readImages(folder, split, good))
      samples.push({ id, className: name, split, label: 'normal', imagePath });
    if (split === 'train' && samples.length === 0)
      warn(`no images in train/${good}, so nothing can be learnt about this class`);
  }
  const unused = (await list('train')).folders.filter((entry) => entry !== good);
  if (unused.length > 0) warn(`folders in train other than ${good} are not read: ${few(unused)}`);
  return samples;
}

async function readTests(folder: ClassFolder): Promise<ClassSample[]> {
  const { name, layout, list, warn } = folder;
  const { good, test, masks } = layout;
  const root = 'root' in masks ? masks.root : undefined;
  // MVTec AD 2 keeps the masks among the kinds.
  const kinds = (await list(test)).folders.filter((kind) => `${test}/${kind}` !== root?.join('/'));
  const maskKinds = root === undefined ? kinds : (await list(...root)).folders;
  const samples: ClassSample[] = [];
  for (const kind of kinds) {
    const images = await readImages(folder, test, kind);
    if (kind === good)
      for (const { id, imagePath } of images)
        samples.push({ id, className: name, split: 'test', label: 'normal', imagePath });
    else samples.push(...(await withMasks(folder, kind, images, maskKinds.length > 0)));
  }
  const orphanKinds = maskKinds.filter((kind) => !kinds.includes(kind));
  if (orphanKinds.length > 0)
    warn(`${root?.join('/')} has folders that ${test} does not have: ${few(orphanKinds)}`);
  warnOfMissingTests(folder, samples, maskKinds.length > 0);
  return samples;
}

/** The images of one kind of defect, each with its mask where there is one. */
async function withMasks(
  folder: ClassFolder,
  kind: string,
  images: readonly ImageFile[],
  expectMasks: boolean,
): Promise<ClassSample[]> {
  const { name, layout, warn, orphanMasks } = folder;
  const { shown, masks } = await readMasks(folder, kind);
  const used = new Set<string>();
  const samples = images.map(({ id, imagePath, file }): ClassSample => {
    const stem = [`${stemOf(file)}_mask`, stemOf(file)].find((key) => masks.has(key));
    if (stem !== undefined) used.add(stem);
    const maskPath = stem === undefined ? undefined : masks.get(stem);
    return { id, className: name, split: 'test', label: 'anomalous', defect: kind, imagePath, maskPath };
  });
  if (expectMasks && used.size < images.length) {
    const missing = `${images.length - used.size} of ${images.length} images`;
    warn(`${missing} in ${layout.test}/${kind} have no mask in ${shown}`);
  }
  const orphans = [...masks].filter(([stem]) => !used.has(stem));
  orphanMasks.push(...orphans.flatMap(([, mask]) => mask));
  const names = orphans.map(([stem, mask]) => (typeof mask === 'string' ? basename(mask) : `${stem}/`));
  if (names.length > 0) warn(`${shown} has ${names.length} mask(s) without an image: ${few(names)}`);
  return samples;
}

function warnOfMissingTests(
  { layout: { good, test, masks }, warn }: ClassFolder,
  tests: readonly ClassSample[],
  hasMasks: boolean,
): void {
  if (tests.length === 0) {
    warn('no test images, so this class cannot be evaluated');
    return;
  }
  if (tests.every(({ label }) => label === 'anomalous'))
    warn(`no images in ${test}/${good}, so its AUROC is undefined`);
  if (tests.every(({ label }) => label === 'normal'))
    warn('no anomalous test images, so its AUROC is undefined');
  else if (!hasMasks)
    warn(`no ${'root' in masks ? masks.root.join('/') : 'masks'}, so only image metrics are defined`);
}

interface ImageFile {
  readonly file: string;
  readonly id: string;
  readonly imagePath: string;
}

async function readImages(
  { name, layout, list, at, warn }: ClassFolder,
  ...parts: string[]
): Promise<ImageFile[]> {
  const inner = [...parts, ...(layout.inside ?? [])];
  const { folders, files } = await list(...inner);
  const shown = inner.join('/');
  if (folders.length > 0) warn(`folders inside ${shown} are not read: ${few(folders)}`);
  const others = files.filter((file) => !isImage(file));
  if (others.length > 0)
    warn(`${shown} has ${others.length} file(s) that are not images by name: ${few(others)}`);
  const images = files.filter(isImage);
  // Where two files share a stem, all files of the folder have their full names in their ids.
  const unique = new Set(images.map(stemOf)).size === images.length;
  return images.map((file) => ({
    file,
    id: [name, ...parts, unique ? stemOf(file) : file].join('/'),
    imagePath: at(...inner, file),
  }));
}

/** Masks of one kind by their stem: a file, or the files of a folder. */
async function readMasks({ layout, list, at }: ClassFolder, kind: string) {
  const { test, maskFolders } = layout;
  const folder = 'root' in layout.masks ? [...layout.masks.root, kind] : [test, kind, layout.masks.inside];
  const { folders, files } = await list(...folder);
  const masks = new Map<string, string | string[]>();
  if (!maskFolders) for (const file of files.filter(isMask)) masks.set(stemOf(file), at(...folder, file));
  for (const stem of maskFolders ? folders : []) {
    const parts = (await list(...folder, stem)).files.filter(isMask);
    const paths = parts.map((file) => at(...folder, stem, file));
    if (paths.length > 0) masks.set(stem, paths);
  }
  return { shown: folder.join('/'), masks };
}
