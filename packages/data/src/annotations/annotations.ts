import { basename } from 'node:path';
import { MintError } from '@mint/internal';
import { mapLimited } from '../concurrency.js';
import { stemOf } from '../names.js';
import { problems } from '../problems.js';
import type { MaskShapes, Problem } from '../types.js';
import type { NameReader } from '../words/name-reader.js';
import { type Annotation, parseAnnotations } from './parse.js';
import { isNamesFile, namesIn, parseYolo, withoutGood } from './yolo.js';

/** What files of annotations say about images, by the image's path. */
export interface Annotations {
  readonly shapes: ReadonlyMap<string, MaskShapes>;
  /** Whether an image has a marked region; absent where no file says so. */
  readonly anomalous: ReadonlyMap<string, boolean>;
  /** Files of annotations, broken ones too, so that they do not count as unknown. */
  readonly used: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

const READ_AT_ONCE = 8;

/**
 * Reads the annotations of LabelMe, COCO, Supervisely and YOLO in a tree.
 *
 * @param files - Paths of all files.
 * @param images - Paths of the images.
 * @param read - Reads a file.
 */
export async function annotationsOf(
  files: readonly string[],
  images: readonly { readonly path: string }[],
  read: (path: string) => Promise<Uint8Array>,
  readName: NameReader,
): Promise<Annotations> {
  const shapes = new Map<string, MaskShapes>();
  const anomalous = new Map<string, boolean>();
  const used = new Set<string>();
  const lost: string[] = [];
  const broken: string[] = [];
  const find = imageFinder(images.map(({ path }) => path));
  const stems = new Set(images.map(({ path }) => stemOf(path).toLowerCase()));
  const goodClasses = await goodClassesOf(files, read, readName);
  const candidates = files.filter(
    (file) =>
      /\.json$/i.test(file) ||
      isYolo(file) ||
      (/\.txt$/i.test(file) && stems.has(stemOf(file).toLowerCase())),
  );
  await mapLimited(candidates, READ_AT_ONCE, async (file) => {
    const found = await annotationsIn(file, read, readName, goodClasses);
    if (found === undefined) return;
    used.add(file);
    if (found === 'broken') {
      broken.push(file);
      return;
    }
    for (const annotation of found) {
      const image = find(file, annotation.image);
      if (image === undefined) {
        if (annotation.regions > 0) lost.push(`${annotation.image} (${file})`);
        continue;
      }
      if (annotation.regions > 0) shapes.set(image, joined(shapes.get(image), annotation.shapes));
      if (annotation.regions > 0 || annotation.label === 'anomalous') anomalous.set(image, true);
      else if ((annotation.listsAll || annotation.label === 'normal') && !anomalous.has(image))
        anomalous.set(image, false);
    }
  });
  const message = 'These annotations belong to no image, or it is not clear to which.';
  return {
    shapes,
    anomalous,
    used,
    problems: [
      ...problems('orphan-annotation', lost.sort(), message, { lost: true }),
      ...problems('broken-annotation', broken.sort(), 'These files are not valid JSON.', { lost: true }),
    ],
  };
}

/** Indices of the classes of YOLO's files that mean good. */
async function goodClassesOf(
  files: readonly string[],
  read: (path: string) => Promise<Uint8Array>,
  readName: NameReader,
): Promise<ReadonlySet<number>> {
  const good = new Set<number>();
  if (!files.some((file) => /\.txt$/i.test(file) && !isNamesFile(file))) return good;
  for (const file of files.filter(isNamesFile)) {
    const names = namesIn(file, new TextDecoder().decode(await read(file)));
    for (const [index, name] of names.entries()) if (readName(name).label === 'normal') good.add(index);
  }
  return good;
}

/** YOLO's files lie in a folder `labels`, or beside their images. */
const isYolo = (file: string): boolean => /(^|\/)labels\/(.*\/)?[^/]+\.txt$/i.test(file);

async function annotationsIn(
  file: string,
  read: (path: string) => Promise<Uint8Array>,
  readName: NameReader,
  goodClasses: ReadonlySet<number>,
): Promise<readonly Annotation[] | 'broken' | undefined> {
  const text = new TextDecoder().decode(await read(file));
  const fileStem = stemOf(basename(file));
  if (/\.txt$/i.test(file)) {
    const regions = parseYolo(text);
    if (regions === undefined) return undefined;
    const shapes = withoutGood(regions, goodClasses);
    return [{ image: fileStem, shapes, regions: shapes.polygons.length, listsAll: true }];
  }
  try {
    return parseAnnotations(JSON.parse(text), fileStem, readName);
  } catch (error) {
    // A list with one object a line is no annotation.
    if (error instanceof SyntaxError && isJson(text.trimStart().split('\n', 1)[0] ?? '')) return undefined;
    if (error instanceof SyntaxError || MintError.isInstance(error)) return 'broken';
    throw error;
  }
}

function joined(known: MaskShapes | undefined, more: MaskShapes): MaskShapes {
  if (known === undefined) return more;
  return {
    ...more,
    polygons: [...known.polygons, ...more.polygons],
    runs: [...(known.runs ?? []), ...(more.runs ?? [])],
    bitmaps: [...(known.bitmaps ?? []), ...(more.bitmaps ?? [])],
  };
}

/** Finds the image that an annotation names: at that path, or by its name the one that shares most folders with the annotation. */
function imageFinder(images: readonly string[]): (file: string, image: string) => string | undefined {
  const all = new Set(images);
  const byName = new Map<string, string[]>();
  for (const path of images)
    for (const name of new Set([basename(path), stemOf(basename(path))])) {
      const known = byName.get(name.toLowerCase());
      if (known === undefined) byName.set(name.toLowerCase(), [path]);
      else known.push(path);
    }
  return (file, image) => {
    const folder = file.slice(0, file.lastIndexOf('/') + 1);
    for (const path of [folder + image, image]) if (all.has(path)) return path;
    const name = basename(image).toLowerCase();
    const paths = byName.get(name) ?? byName.get(stemOf(name)) ?? [];
    const ranked = paths.map((path) => ({ path, shared: nearness(path, file) }));
    const most = Math.max(0, ...ranked.map(({ shared }) => shared));
    const nearest = ranked.filter(({ shared }) => shared === most);
    return nearest.length === 1 ? nearest[0]?.path : undefined;
  };
}

/** How much the folders of an image say about a file: `images/train/1.png` and `labels/train/1.txt`, or `instances_train.json`. */
function nearness(image: string, file: string): number {
  const [left, right] = [image.split('/').slice(0, -1), file.split('/').slice(0, -1)];
  let outer = 0;
  while (outer < left.length && outer < right.length && left[outer] === right[outer]) outer += 1;
  const named = left
    .slice(outer)
    .filter((name) => right.includes(name) || basename(file).includes(name)).length;
  return outer + named;
}

function isJson(line: string): boolean {
  try {
    return typeof JSON.parse(line) === 'object';
  } catch {
    return false;
  }
}
