import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { type Dataset, decodeMask, type Sample } from '@mint/data';
import {
  type DetectorConfig,
  interestFromMask,
  preprocessingOf,
  type RegionOfInterest,
} from '@mint/detector';
import { MintError } from '@mint/internal';
import { readFileOf } from '@mint/internal/node';
import { z } from 'zod';
import { safeName } from '../output/file-names.js';

const MAX_BYTES = 100_000_000;
const share = z.number().gte(0).lte(1);
const polygons = z.array(z.array(z.tuple([share, share])).min(3)).min(1);

/** Folder of sheets that `mint roi propose` writes beside its masks; no class. */
export const SHEETS = 'overlays';

/** The regions of interest in a folder. */
export interface InterestFiles {
  /** By class. */
  readonly byClass: Readonly<Record<string, RegionOfInterest>>;
  /** Of single images. */
  readonly own: OwnInterests;
}

/**
 * The regions of interest in a folder: of a class `<class>.png`, an image that is not black where images are looked at, or
 * `<class>.json`, a list of polygons `[[x, y], …]` in shares of the network's input, 0 to 1; of a single image `<class>/<image>.png` or
 * `.json`.
 *
 * @throws MintError `INVALID_ARGUMENT` for a folder without one, a file or folder of no class, two of one class or image, or polygons
 * that are none.
 */
export async function readInterest(folder: string, config: DetectorConfig): Promise<InterestFiles> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error) => {
    throw new MintError('NOT_FOUND', `--roi ${folder}: cannot be read.`, { cause: error });
  });
  const byClass = new Map<string, RegionOfInterest>();
  const singles = new Map<string, ReadonlyMap<string, string>>();
  const classOf = (path: string, stem: string, taken: { readonly has: (name: string) => boolean }) => {
    const name = config.classes.find((one) => one === stem || safeName(one) === stem);
    if (name !== undefined && !taken.has(name)) return name;
    const problem =
      name === undefined
        ? `the model has no class '${stem}'; it has ${config.classes.join(', ')}`
        : `class '${name}' has two files`;
    throw new MintError('INVALID_ARGUMENT', `${path}: ${problem}.`);
  };
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (entry.name === SHEETS && !config.classes.includes(SHEETS)) continue;
      singles.set(classOf(path, entry.name, singles), await imagesIn(path));
    } else if (isInterest(entry.name))
      byClass.set(classOf(path, stemOf(entry.name), byClass), await readOne(path, config));
  }
  if (byClass.size > 0 || [...singles.values()].some(({ size }) => size > 0))
    return { byClass: Object.fromEntries(byClass), own: new OwnInterests(singles, config) };
  throw new MintError(
    'INVALID_ARGUMENT',
    `--roi ${folder}: holds no region of interest; expected <class>.png or <class>.json, or <class>/<image>.png.`,
  );
}

const isInterest = (name: string): boolean => /\.(png|json)$/i.test(name) && !name.startsWith('.');
const stemOf = (path: string): string => path.slice(0, -extname(path).length || undefined);

/** Files below a folder, by their path in it without its ending. */
async function imagesIn(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const files = (await readdir(folder, { recursive: true })).filter((file) => isInterest(file));
  for (const file of files.sort()) {
    const key = stemOf(file).replaceAll('\\', '/');
    if (found.has(key))
      throw new MintError('INVALID_ARGUMENT', `${join(folder, file)}: image '${key}' has two files.`);
    found.set(key, join(folder, file));
  }
  return found;
}

/** Regions of interest of single images, read when they are needed. */
export class OwnInterests {
  readonly #files: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly #config: DetectorConfig;
  readonly #used = new Set<string>();
  #images = 0;

  /** @param files - Path of each file by class and by the end of the image's path. */
  constructor(files: ReadonlyMap<string, ReadonlyMap<string, string>>, config: DetectorConfig) {
    this.#files = files;
    this.#config = config;
  }

  /**
   * The region of an image: the file that has the longest end of the image's path as its own.
   *
   * @param path - Of the image.
   * @param className - Its class, where it is known.
   */
  async of(path: string, className: string | undefined): Promise<RegionOfInterest | undefined> {
    const parts = stemOf(path).split(/[\\/]/);
    const lists = [...this.#files].flatMap(([name, files]) =>
      className === undefined || name === className ? [files] : [],
    );
    for (let at = 0; at < parts.length; at++)
      for (const files of lists) {
        const file = files.get(parts.slice(at).join('/'));
        if (file === undefined) continue;
        this.#used.add(file);
        this.#images += 1;
        return readOne(file, this.#config);
      }
    return undefined;
  }

  /** Says how many images have a region of their own, and which files belong to no image; nothing where there is no file. */
  say(say: (text: string) => void): void {
    const files = [...this.#files.values()].flatMap((list) => [...list.values()]);
    if (files.length === 0) return;
    say(`images with a region of interest of their own: ${this.#images}`);
    const unused = files.filter((file) => !this.#used.has(file));
    if (unused.length > 0)
      say(
        `note: regions of interest that belong to no image: ${unused.length}, such as ${unused.slice(0, 3).join(', ')}`,
      );
  }
}

/** The data set, each image with its own region of interest where it has one; how many have is said. */
export async function withInterests<T extends Pick<Dataset, 'samples'>>(
  dataset: T,
  interests: OwnInterests,
  say: (text: string) => void,
): Promise<T> {
  const samples: Sample[] = [];
  for (const sample of dataset.samples)
    samples.push({
      ...sample,
      interest: await interests.of(sample.imagePath ?? sample.id, sample.className),
    });
  interests.say(say);
  return { ...dataset, samples };
}

const readOne = (path: string, config: DetectorConfig): Promise<RegionOfInterest> =>
  /\.json$/i.test(path) ? readPolygons(path) : readMask(path, config);

async function readMask(path: string, config: DetectorConfig): Promise<RegionOfInterest> {
  const mask = await decodeMask(await readFileOf('mask', path, MAX_BYTES), path);
  return interestFromMask(mask, preprocessingOf(config), path);
}

async function readPolygons(path: string): Promise<RegionOfInterest> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new MintError('INVALID_ARGUMENT', `${path}: is not JSON.`, { cause: error });
  }
  const parsed = polygons.safeParse(content);
  if (parsed.success) return parsed.data;
  throw new MintError(
    'INVALID_ARGUMENT',
    `${path}: expected a list of polygons, each a list of at least three [x, y] from 0 to 1; ${z.prettifyError(parsed.error)}`,
  );
}
