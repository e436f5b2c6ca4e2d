import { basename } from 'node:path';
import type { UndecidedSample } from '../class-samples.js';
import { isMask } from '../names.js';
import { type Described, stem } from './describe.js';
import { imageStems } from './mask-names.js';

/** A sample whose path lies below the root, with what its folders say. */
export type Placed = Omit<UndecidedSample, 'maskPath'> & {
  readonly imagePath: string;
  readonly file: Described;
  readonly maskPath?: string | readonly string[] | undefined;
};

/** Images with their masks. */
export interface Paired {
  readonly samples: readonly Placed[];
  readonly goodMasks: readonly { readonly id: string; readonly maskPath: string }[];
  /** Masks of no image, or of several. */
  readonly orphans: readonly string[];
  /** Masks in a format that is not exact. */
  readonly lossy: readonly string[];
}

/**
 * Gives each image the masks that lie at its place in a folder of masks, or beside it. Where the folders say less, the name decides if
 * only one image of the class has it. Several masks of an image are joined.
 *
 * @param masks - Files of masks.
 * @param classOf - The class of a mask, as its folders say.
 */
export function pairMasks(
  samples: readonly Placed[],
  masks: readonly Described[],
  classOf: (mask: Described) => string,
): Paired {
  if (masks.length === 0) return { samples, goodMasks: [], orphans: [], lossy: [] };
  const usable = masks.filter(({ path }) => isMask(path) || path.endsWith('.json'));
  const lossy = masks.filter((mask) => !usable.includes(mask)).map(({ path }) => path);
  const images = imageIndex(samples);
  const found = new Map<Placed, string[]>();
  const orphans: string[] = [];
  for (const mask of usable) {
    const sample = images(mask, classOf(mask));
    if (sample === undefined) orphans.push(mask.path);
    else append(found, sample, mask.path);
  }
  const goodMasks: { id: string; maskPath: string }[] = [];
  const paired = samples.map((sample) => {
    const paths = found.get(sample);
    if (paths === undefined) return sample;
    if (sample.label === 'anomalous') return { ...sample, maskPath: paths.length === 1 ? paths[0] : paths };
    goodMasks.push(...paths.map((maskPath) => ({ id: sample.id, maskPath })));
    return sample;
  });
  return { samples: paired, goodMasks, orphans, lossy };
}

interface Placeable {
  readonly file: Described;
  readonly className: string;
  readonly label?: Placed['label'] | undefined;
}

/** The keys of a file name in its folder, the most exact first. */
function keysOf({ file, className, label }: Placeable, name: string): string[] {
  const keys = [
    ['split', file.split ?? '', ...file.place, name],
    ['place', ...file.place, name],
    // Good images come only from places that say good, and by class.
    ...(label === 'normal' ? [] : [['names', ...file.parts.map((part) => part.name), name]]),
    ['class', className, name],
    // A folder of the masks of all classes.
    ...(label !== undefined || file.parts.length === 0 ? [['any', name]] : []),
  ];
  return keys.map((parts) => parts.join('/').toLowerCase());
}

/** `mask4` belongs to `image4`. */
const withoutWord = (name: string): string =>
  `~${name.replace(/^(images?|img|imgs|masks?|gt|labels?|pictures?|pic|photo|frame)[\s._-]*(?=\d)/i, '')}`;

type Finder = (mask: Described, className: string) => Placed | undefined;

/** Finds the image of a mask, by the most exact of these that names one image alone. */
function imageIndex(samples: readonly Placed[]): Finder {
  const index = new Map<string, Placed[]>();
  for (const sample of samples) {
    const own = stem(sample.file);
    const keys = [own, basename(sample.imagePath), withoutWord(own)].flatMap((name) => keysOf(sample, name));
    for (const text of new Set(keys)) {
      const named = index.get(text);
      if (named === undefined) index.set(text, [sample]);
      else named.push(sample);
    }
  }
  const find = (of: Placeable, name: string) => {
    for (const text of keysOf(of, name)) {
      const sample = only(index.get(text));
      if (sample !== undefined) return sample;
    }
    return undefined;
  };
  return (mask, className) => {
    for (const name of [...imageStems(stem(mask)), withoutWord(stem(mask))]) {
      const hit = find({ file: mask, className }, name);
      if (hit !== undefined) return hit;
    }
    // `masks/scratch/007/0.png` and `1.png` are masks of `scratch/007.png`.
    const folder = mask.place.at(-1);
    if (!mask.mask || folder === undefined) return undefined;
    const file = { ...mask, place: mask.place.slice(0, -1), parts: mask.parts.slice(0, -1) };
    return find({ file, className }, folder);
  };
}

/** The one image, the one anomalous image among good ones, or the one test image: only those need masks. */
function only(named: readonly Placed[] = []): Placed | undefined {
  if (named.length < 2) return named[0];
  const [anomalous, ...others] = named.filter(({ label }) => label === 'anomalous');
  if (anomalous !== undefined) return others.length === 0 ? anomalous : undefined;
  const tests = named.filter(({ split }) => split === 'test');
  return tests.length === 1 ? tests[0] : undefined;
}

function append(map: Map<Placed, string[]>, sample: Placed, path: string): void {
  const list = map.get(sample);
  if (list === undefined) map.set(sample, [path]);
  else list.push(path);
}
