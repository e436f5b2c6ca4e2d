import { basename } from 'node:path';
import { mapLimited } from '../concurrency.js';
import { decodeText } from '../lists/text.js';
import { stemOf } from '../names.js';
import { problems } from '../problems.js';
import type { Problem } from '../types.js';

const READ_AT_ONCE = 8;
/** Longer texts are no annotations of a folder of images. */
const MAX_CHARACTERS = 50e6;

/**
 * Files that look like annotations or labels and were not read: by their names, and where nothing says whether some images are good,
 * by their content as well.
 *
 * @param files - Paths of files that nothing has read.
 * @param images - Paths of all images.
 * @param unlabelled - Paths of images that count as good because nothing says otherwise.
 * @param read - Reads a file.
 */
export async function unreadAnnotations(
  files: readonly string[],
  images: readonly string[],
  unlabelled: readonly string[],
  read: (path: string) => Promise<Uint8Array>,
): Promise<Problem[]> {
  const stems = new Set(images.map((path) => stemOf(path).toLowerCase()));
  const named = files.filter((file) => isNamedLikeAnnotations(file, stems));
  const others =
    unlabelled.length === 0 ? [] : files.filter((file) => !named.includes(file) && mayNameImages(file));
  const names = new Set(unlabelled.map((path) => basename(path).toLowerCase()));
  const found = await mapLimited(others, READ_AT_ONCE, async (file) =>
    isTable(file) || (await namesImages(file, names, read)) ? [file] : [],
  );
  return problems(
    'unread-annotation',
    [...named, ...found.flat()].sort(),
    'These files look like annotations or labels of images but were not read, so images with a defect may count as good. A list of images is ' +
      'read when you give the list itself instead of the folder. Export other files as masks, or as COCO, LabelMe or YOLO.',
    { lost: true },
  );
}

/** Whether a file is called like an image, or like a file of annotations. */
const isNamedLikeAnnotations = (file: string, stems: ReadonlySet<string>): boolean =>
  /\.(xml|json|txt|csv|npy|npz|mat|parquet)$/i.test(file) &&
  (stems.has(stemOf(file).toLowerCase()) ||
    stems.has(stemOf(stemOf(file)).toLowerCase()) ||
    /(^|\/)annotations?\/[^/]+$|(annotation|instances|region_data|_classes|bbox|bounding)[^/]*$/i.test(
      file,
    ) ||
    /(^|\/)(project|export|result)[^/]*\.json$/i.test(file));

const mayNameImages = (file: string): boolean =>
  (isTable(file) || /\.(csv|tsv|txt|json|jsonl|ndjson|xml|ya?ml)$/i.test(file)) &&
  !/(^|\/)(licen[sc]e|readme|metadata)[^/]*$/i.test(file);

/** Tables that cannot be looked into. */
const isTable = (file: string): boolean =>
  /\.(xlsx?|ods|parquet|mat|npy|npz|h5|hdf5|pkl|pickle|sqlite|db)$/i.test(file);

const IMAGE_NAME = /[^\s"',;:<>|/\\=()[\]{}]+\.(?:png|jpe?g|jfif|tiff?|webp|bmp|p[gpn]m)/gi;

/** Whether a text says something about one of these images, by their names or, in a table, without the endings; bare paths say nothing. */
async function namesImages(
  file: string,
  names: ReadonlySet<string>,
  read: (path: string) => Promise<Uint8Array>,
): Promise<boolean> {
  const text = decodeText(await read(file));
  if (text.length > MAX_CHARACTERS || /^(\s*[^\s,;]+\.\w{2,5}[ \t]*(\r?\n|$))+$/.test(text.slice(0, 10_000)))
    return false;
  for (const [name] of text.matchAll(IMAGE_NAME)) if (names.has(name.toLowerCase())) return true;
  if (!/\.(csv|tsv)$/i.test(file)) return false;
  const stems = new Set([...names].map(stemOf));
  const [, ...rows] = text.split(/\r?\n/).filter((row) => row.trim() !== '');
  const known = rows.filter((row) => row.split(/[\s"',;]+/).some((cell) => stems.has(cell.toLowerCase())));
  return known.length > 0 && 2 * known.length >= rows.length;
}
