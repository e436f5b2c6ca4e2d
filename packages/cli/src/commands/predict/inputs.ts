import { stat } from 'node:fs/promises';
import { basename, extname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { IMAGE_EXTENSIONS, isLitter, isOtherImage } from '@mint/data';
import { MintError } from '@mint/internal';
import { glob, isDynamicPattern } from 'tinyglobby';

/**
 * Whether a file name has the extension of an image. Images of formats that are not read count: they get a row that says how
 * to convert them.
 */
export const isImage = (path: string): boolean =>
  IMAGE_EXTENSIONS.includes(extname(path).toLowerCase()) || isOtherImage(path);

/** Whether a path is a folder or lies in it. */
export function isWithin(folder: string, path: string): boolean {
  const way = relative(resolve(folder), resolve(path));
  return way === '' || (!isAbsolute(way) && !/^\.\.([\\/]|$)/.test(way));
}

/**
 * The images that arguments name: files, folders with everything below them, and patterns such as `images/**` (for shells that
 * do not expand them). Folders and patterns give the files with the extension of an image, sorted, without hidden files and thumbnails. Each
 * file comes once, in the order of the arguments.
 *
 * @param out - Folder of results; files in it are not inputs.
 * @throws MintError `NOT_FOUND` when a folder or a pattern has no image. A missing file is reported when it is read.
 */
export async function expandImages(args: readonly string[], out?: string): Promise<string[]> {
  const found = new Map<string, string>();
  for (const arg of args) {
    for (const path of await expand(arg, out)) {
      if (!found.has(resolve(path))) found.set(resolve(path), path);
    }
  }
  return [...found.values()];
}

async function expand(arg: string, out: string | undefined): Promise<string[]> {
  const info = await stat(arg).catch(() => undefined);
  // A name such as part[1].png may be a file; only if it is not, it is a pattern.
  if (info?.isDirectory() !== true && (info !== undefined || !isDynamicPattern(arg))) return [arg];
  const options = { expandDirectories: false, absolute: info === undefined && isAbsolute(arg) };
  const matches =
    info === undefined
      ? await glob(sep === '/' ? arg : arg.replaceAll(sep, '/'), options)
      : (await glob('**', { ...options, cwd: arg }))
          .filter((path) => !path.split('/').some(isLitter))
          .map((path) => join(arg, path));
  const images = matches
    .filter(
      (path) => isImage(path) && !isLitter(basename(path)) && (out === undefined || !isWithin(out, path)),
    )
    .sort();
  if (images.length > 0) return images;
  throw new MintError(
    'NOT_FOUND',
    `${arg}: there are no images; expected files that end in ${IMAGE_EXTENSIONS.join(', ')}.`,
  );
}
