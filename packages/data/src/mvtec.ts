import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path';
import { MintError, oneLine } from '@mint/internal';
import { errorCode } from '@mint/internal/node';
import { IMAGE_EXTENSIONS } from './decode.js';
import type { Dataset, Sample } from './types.js';

const LAYOUT = `
  <root>/
    <class>/
      train/good/*.png            normal pictures to learn from
      test/good/*.png             normal pictures to judge (optional)
      test/<defect>/*.png         defective pictures to judge (optional)
      ground_truth/<defect>/*_mask.png   masks, not 0 where defective (optional)`;

/**
 * Reads the listing of a data set in the layout of MVTec AD; no picture is opened. Each folder under `root` with
 * `train/good` or `test` in it is a class; `root` may also be one such folder itself.
 *
 * ```text
 * root/bottle/train/good/000.png
 * root/bottle/test/good/000.png
 * root/bottle/test/hole/000.png
 * root/bottle/ground_truth/hole/000_mask.png     (or 000.png)
 * ```
 *
 * Pictures: png, jpg, jpeg, tif, tiff, webp in any case; masks: png. Classes and samples are sorted by UTF-16 code unit, on every
 * machine alike. What is missing or does not fit (no `test`, no `test/good`, no mask, a mask without picture, unknown
 * files) is told in `warnings`.
 *
 * @param options - `classes`: only these; `classIndex` then counts among them. Default: all.
 * @throws MintError `NOT_FOUND` when `root` is no folder, `EMPTY_DATASET` when no picture is there in this layout,
 * `INVALID_ARGUMENT` for an unknown class, or a symbolic link that leads out of `root`.
 * @see Bergmann et al., "MVTec AD", CVPR 2019.
 */
export async function loadMvtec(
  root: string,
  options: { readonly classes?: readonly string[] } = {},
): Promise<Dataset> {
  const folder = resolve(root);
  const reader = new FolderReader(folder, await realRoot(folder));
  const warnings: string[] = [];
  const found = await findClasses(reader, folder, warnings);
  const known = found.map(({ name }) => name);
  const unknown = (options.classes ?? []).filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `loadMvtec: no class ${quoted(unknown)} in ${folder}; there are ${quoted(known)}.`,
    );
  }
  const wanted = found.filter(({ name }) => options.classes?.includes(name) ?? true);
  const read = await Promise.all(wanted.map(({ name, path }) => readClass(reader, name, path)));
  const filled = read.filter(({ samples }) => samples.length > 0);
  if (filled.length === 0) {
    const where = wanted.map(({ path }) => path).join(', ');
    throw new MintError('EMPTY_DATASET', `${where || folder}: no picture in the folders expected:${LAYOUT}`);
  }
  return {
    name: basename(folder),
    classes: filled.map(({ name }) => name),
    samples: filled.flatMap(({ samples }, classIndex) =>
      samples.map((sample) => ({ ...sample, classIndex })),
    ),
    warnings: [...warnings, ...read.flatMap((part) => part.warnings)],
  };
}

async function realRoot(folder: string): Promise<string> {
  try {
    const real = await realpath(folder);
    if ((await stat(real)).isDirectory()) return real;
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' && errorCode(error) !== 'ENOTDIR') {
      throw new MintError(
        'NOT_FOUND',
        `${folder}: the data set's folder cannot be read: ${oneLine(error)}.`,
        {
          cause: error,
        },
      );
    }
    throw new MintError(
      'NOT_FOUND',
      `${folder}: there is no such folder; the nearest that exists is ${await nearestParent(folder)}.`,
      { cause: error },
    );
  }
  throw new MintError(
    'NOT_FOUND',
    `${folder}: a data set is a folder, this is a file. Give the folder around the classes.`,
  );
}

async function nearestParent(path: string): Promise<string> {
  const parent = dirname(path);
  const exists = await stat(parent).then(
    (info) => info.isDirectory(),
    () => false,
  );
  return exists || parent === path ? parent : nearestParent(parent);
}

/** What lies directly in a folder, sorted, hidden entries left out. */
interface Listing {
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

/** Lists folders under one root and refuses symbolic links that lead out of it. */
class FolderReader {
  readonly #root: string;
  readonly #realRoot: string;

  constructor(root: string, realRoot: string) {
    this.#root = root;
    this.#realRoot = realRoot;
  }

  /** Path as messages show it, with `/` on every system. */
  show(path: string): string {
    return relative(this.#root, path).split(sep).join('/') || basename(path);
  }

  /** Empty when there is no such folder. */
  async list(path: string): Promise<Listing> {
    let entries: Dirent[];
    try {
      entries = await readdir(path, { withFileTypes: true });
    } catch (error) {
      if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return { folders: [], files: [] };
      throw new MintError('NOT_FOUND', `${path}: the folder cannot be read: ${oneLine(error)}.`, {
        cause: error,
      });
    }
    const folders: string[] = [];
    const files: string[] = [];
    for (const entry of entries) {
      if (entry.name.startsWith('.')) continue;
      const target = entry.isSymbolicLink() ? await this.#follow(join(path, entry.name)) : entry;
      if (target.isDirectory()) folders.push(entry.name);
      else if (target.isFile()) files.push(entry.name);
    }
    return { folders: folders.sort(byCodeUnit), files: files.sort(byCodeUnit) };
  }

  async #follow(link: string) {
    let target: string;
    try {
      target = await realpath(link);
    } catch (error) {
      throw new MintError('NOT_FOUND', `${link}: the symbolic link leads nowhere. Remove or repair it.`, {
        cause: error,
      });
    }
    if (target !== this.#realRoot && !target.startsWith(this.#realRoot.replace(/[/\\]*$/, sep))) {
      throw new MintError(
        'INVALID_ARGUMENT',
        `${link}: the symbolic link leads to ${target}, outside ${this.#realRoot}. Copy the files, or give the folder they are in.`,
      );
    }
    return stat(target);
  }
}

interface ClassFolder {
  readonly name: string;
  readonly path: string;
}

async function findClasses(reader: FolderReader, root: string, warnings: string[]): Promise<ClassFolder[]> {
  if (await isClass(reader, root)) return [{ name: basename(root), path: root }];
  const { folders, files } = await reader.list(root);
  const classes: ClassFolder[] = [];
  for (const name of folders) {
    const path = join(root, name);
    if (await isClass(reader, path)) classes.push({ name, path });
    else warnings.push(`${name}: neither train/good nor test in it, so it is no class; left out.`);
  }
  if (classes.length > 0) return classes;
  const entries = [...folders.map((name) => `${name}/`), ...files];
  throw new MintError(
    'EMPTY_DATASET',
    `${root}: no class found. Expected:${LAYOUT}\nFound instead: ${entries.length === 0 ? 'an empty folder' : few(entries)}.`,
  );
}

async function isClass(reader: FolderReader, path: string): Promise<boolean> {
  const [top, train] = await Promise.all([reader.list(path), reader.list(join(path, 'train'))]);
  return train.folders.includes('good') || top.folders.includes('test');
}

type ClassSample = Omit<Sample, 'classIndex'>;

interface ClassListing {
  readonly name: string;
  readonly samples: readonly ClassSample[];
  readonly warnings: readonly string[];
}

async function readClass(reader: FolderReader, name: string, path: string): Promise<ClassListing> {
  const warnings: string[] = [];
  const warn = (what: string) => warnings.push(`${name}: ${what}.`);
  const pictures = async (...parts: string[]) => {
    const folder = join(path, ...parts);
    const { folders, files } = await reader.list(folder);
    const shown = parts.join('/');
    if (folders.length > 0) warn(`folders inside ${shown} are not read: ${few(folders)}`);
    const others = files.filter((file) => !isImage(file));
    if (others.length > 0)
      warn(`${shown} has ${others.length} file(s) that are no picture by name: ${few(others)}`);
    return withStems(files.filter(isImage)).map((picture) => ({
      ...picture,
      id: [name, ...parts, picture.stem].join('/'),
      imagePath: join(folder, picture.file),
    }));
  };

  const samples: ClassSample[] = [];
  for (const { id, imagePath } of await pictures('train', 'good')) {
    samples.push({ id, className: name, split: 'train', label: 'normal', imagePath });
  }
  if (samples.length === 0) warn('no pictures in train/good, so nothing can be learnt of this class');
  const { folders: trainFolders } = await reader.list(join(path, 'train'));
  const unused = trainFolders.filter((folder) => folder !== 'good');
  if (unused.length > 0) warn(`folders of train other than good are not read: ${few(unused)}`);

  const { folders: kinds } = await reader.list(join(path, 'test'));
  const { folders: maskKinds } = await reader.list(join(path, 'ground_truth'));
  for (const kind of kinds) {
    const found = await pictures('test', kind);
    if (kind === 'good') {
      for (const { id, imagePath } of found)
        samples.push({ id, className: name, split: 'test', label: 'normal', imagePath });
      continue;
    }
    const maskFolder = join(path, 'ground_truth', kind);
    const { files: maskFiles } = await reader.list(maskFolder);
    const masks = new Map(maskFiles.filter(isMask).map((file) => [stemOf(file), file]));
    const used = new Set<string>();
    let bare = 0;
    for (const { id, imagePath, file } of found) {
      const maskStem = [`${stemOf(file)}_mask`, stemOf(file)].find((stem) => masks.has(stem));
      const mask = maskStem === undefined ? undefined : masks.get(maskStem);
      if (mask === undefined) bare += 1;
      else used.add(mask);
      samples.push({
        id,
        className: name,
        split: 'test',
        label: 'anomalous',
        defect: kind,
        imagePath,
        ...(mask === undefined ? {} : { maskPath: join(maskFolder, mask) }),
      });
    }
    if (maskKinds.length > 0 && bare > 0)
      warn(`${bare} of ${found.length} pictures in test/${kind} have no mask in ground_truth/${kind}`);
    const orphans = [...masks.values()].filter((file) => !used.has(file));
    if (orphans.length > 0)
      warn(`ground_truth/${kind} has ${orphans.length} mask(s) without a picture: ${few(orphans)}`);
  }
  const orphanKinds = maskKinds.filter((kind) => !kinds.includes(kind));
  if (orphanKinds.length > 0) warn(`ground_truth has folders that test has not: ${few(orphanKinds)}`);

  const tests = samples.filter(({ split }) => split === 'test');
  if (tests.length === 0) warn('no test pictures, so it cannot be evaluated');
  else {
    if (tests.every(({ label }) => label === 'anomalous'))
      warn('no pictures in test/good, so its AUROC is undefined');
    if (tests.every(({ label }) => label === 'normal'))
      warn('no defective test pictures, so its AUROC is undefined');
    else if (maskKinds.length === 0) warn('no ground_truth, so only image metrics are defined');
  }
  return { name, samples, warnings };
}

/** A stem names a picture in its folder; where two files share one, all of the folder go by their full names. */
function withStems(files: readonly string[]): { file: string; stem: string }[] {
  const unique = new Set(files.map(stemOf)).size === files.length;
  return files.map((file) => ({ file, stem: unique ? stemOf(file) : file }));
}

const stemOf = (file: string) => file.slice(0, file.length - extname(file).length);
const isImage = (file: string) =>
  (IMAGE_EXTENSIONS as readonly string[]).includes(extname(file).toLowerCase());
const isMask = (file: string) => extname(file).toLowerCase() === '.png';
const byCodeUnit = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const quoted = (names: readonly string[]) => names.map((name) => `'${name}'`).join(', ');

function few(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
