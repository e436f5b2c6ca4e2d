import { readdir, stat } from 'node:fs/promises';
import { basename, extname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { IMAGE_EXTENSIONS, isLitter, isOtherImage } from '@mint/data';
import { globMatcher, isShellPattern, MintError, onOneLine } from '@mint/internal';
import { isOverlayFile } from '@mint/internal/node';
import { type ImageFile, imageAt } from '../../scoring/read-images.js';
import { inlineImage } from './inline.js';
import { readStdin, STDIN } from './stdin.js';

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
 * The images that arguments name: files, folders with everything below them, patterns such as `images/**` (for shells that
 * do not expand them), `http:`, `https:` and `data:` URLs, base64, and `-` for standard input. Folders and patterns give the files with
 * the extension of an image, sorted, without hidden files, thumbnails, and overlays that were written before. Each image comes once, in
 * the order of the arguments.
 *
 * @param say - Told which files of folders have no extension of an image.
 * @throws MintError `NOT_FOUND` when a folder or a pattern has no image, `INVALID_ARGUMENT` when standard input has none. A missing
 * file is reported when it is read.
 */
export async function expandImages(
  args: readonly string[],
  say?: ((text: string) => void) | undefined,
): Promise<ImageFile[]> {
  const found = new Map<string, ImageFile>();
  const add = (image: ImageFile, key: string) => {
    if (!found.has(key)) found.set(key, image);
  };
  const addArgument = async (arg: string) => {
    const paths = await expand(arg, say);
    if (paths !== undefined) for (const path of paths) add(imageAt(path), resolve(path));
    else {
      const image = (await inlineImage(arg)) ?? imageAt(arg);
      add(image, image.name);
    }
  };
  for (const arg of args) {
    if (arg !== STDIN) {
      await addArgument(arg);
      continue;
    }
    const input = await readStdin();
    if ('read' in input) add(input, STDIN);
    else for (const line of input) await addArgument(line);
  }
  return [...found.values()];
}

/** The files that a folder or a pattern means, or the one that a path names; undefined when there is none of these. */
export async function expand(
  arg: string,
  say?: ((text: string) => void) | undefined,
): Promise<string[] | undefined> {
  if (/^(https?|data):/i.test(arg)) return undefined;
  const info = await stat(arg).catch(() => undefined);
  // A name such as part[1].png may be a file; only if it is not, it is a pattern.
  if (info?.isDirectory() !== true && (info !== undefined || !isShellPattern(arg)))
    return info === undefined ? undefined : [arg];
  const matches =
    info === undefined
      ? await filesMatching(sep === '/' ? arg : arg.replaceAll(sep, '/'))
      : await filesBelow(arg);
  const images: string[] = [];
  for (const path of matches.sort())
    if (isImage(path) && !isLitter(basename(path)) && !(await isOverlayFile(path))) images.push(path);
  const others = matches.filter(
    (path) => !isImage(path) && !isLitter(basename(path)) && !OWN_RESULTS.test(path),
  );
  if (info?.isDirectory() === true && others.length > 0)
    say?.(`left out: ${others.length} files that are not images: ${listed(others)}`);
  if (images.length > 0) return images;
  throw new MintError(
    'NOT_FOUND',
    `${arg}: there are no images; expected files that end in ${IMAGE_EXTENSIONS.join(', ')}.`,
  );
}

/** What predict writes beside images. */
const OWN_RESULTS = /(^|[\\/])(results\.(csv|jsonl)|[^\\/]+\.(json|html|npy|f32))$/;
const SHOWN = 5;

const listed = (paths: readonly string[]): string =>
  paths.slice(0, SHOWN).map(onOneLine).join(', ') +
  (paths.length > SHOWN ? ` and ${paths.length - SHOWN} more` : '');

/** The files that a pattern of a shell means, whether or not a shell has expanded it. */
async function filesMatching(pattern: string): Promise<string[]> {
  const parts = pattern.split('/');
  const start = parts.findIndex((part) => part.includes('{') || isShellPattern(part));
  const [folders, rest] = [parts.slice(0, start), parts.slice(start)];
  // Braces may hold slashes.
  const depth = /\*\*|\{/.test(pattern) ? MAX_DEPTH : rest.length - 1;
  const folder = folders.join('/') || (pattern.startsWith('/') ? '/' : '.');
  if ((await stat(folder).catch(() => undefined))?.isDirectory() !== true) return [];
  const matches = globMatcher(rest.join('/'), { shell: true });
  return (await filesBelow(folder, depth)).filter((path) =>
    matches(relative(folder, path).replaceAll(sep, '/')),
  );
}

/** Deeper folders are a loop of links. */
const MAX_DEPTH = 32;

/** All files below a folder but hidden ones and litter; links are followed. Names may hold any character. */
async function filesBelow(folder: string, depth = MAX_DEPTH): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (isLitter(entry.name)) continue;
    const path = join(folder, entry.name);
    const target = entry.isSymbolicLink() ? await stat(path).catch(() => entry) : entry;
    if (target.isDirectory() && depth > 0) found.push(...(await filesBelow(path, depth - 1)));
    else if (target.isFile()) found.push(path);
  }
  return found;
}
