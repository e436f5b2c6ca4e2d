import { MintError } from '@mint/internal';
import { readFileOf, sha256 } from '@mint/internal/node';
import { readImage } from '../batches/load-sample.js';
import { countsByClass } from '../datasets/official.js';
import { decodeMask, inspectImage } from '../decode/decode.js';
import { groups } from '../groups.js';
import { mapLimited } from '../map-limited.js';
import type { ClassCounts, Dataset, Sample } from '../types.js';
import { fingerprintOf, nearPairs } from './near-duplicates.js';

/** One thing that is wrong or worth knowing. */
export interface Finding {
  /** A `problem` spoils training or numbers; a `note` does not. */
  readonly severity: 'problem' | 'note';
  /** What was found. */
  readonly what: string;
  /** What loading and training do about it. */
  readonly effect: string;
  /** Ids or paths concerned, all of them. */
  readonly where: readonly string[];
}

/** What a data set has of one class. */
export interface ClassReport extends Required<ClassCounts> {
  /** The class. */
  readonly className: string;
  /** Test images with a mask. */
  readonly masks: number;
  /** Images by size, as in `{ '600x800': 12 }`. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Images by file kind, as in `{ 'PNG, 3 x 8 bit': 12 }`. */
  readonly modes: Readonly<Record<string, number>>;
  /** Official numbers of a known data set. */
  readonly official?: ClassCounts;
}

/** What {@link checkDataset} found. */
export interface DatasetReport {
  /** Name of the data set. */
  readonly dataset: string;
  /** How the folder or list was understood. */
  readonly layout?: string;
  /** Of a known data set. */
  readonly licence?: string;
  /** One entry a class, in the data set's order. */
  readonly classes: readonly ClassReport[];
  /** Problems first. */
  readonly findings: readonly Finding[];
}

/** Options of {@link checkDataset}. */
export interface CheckOptions {
  /** Images decoded at the same time. @defaultValue 4 */
  readonly concurrency?: number;
  /** Told after each image how many are done. */
  readonly onProgress?: (done: number) => void;
}

/** Fewer good images than this leave 3 for the alarm limit, which then promises little. */
const FEW_IMAGES = 20;
/** From here on the larger class dominates training. */
const IMBALANCE = 5;

/**
 * Opens every image and mask of a data set and reports what is there and what is wrong: unreadable files, masks that are
 * empty, of another size or without image, images without mask, equal and near-equal images, also across training and
 * test, imbalance, odd file kinds; each with what loading does about it. Near duplicates are looked for within a class, equal
 * files everywhere.
 *
 * Memory: the images being decoded, and 4 kB an image.
 *
 * @example
 * ```ts
 * import { checkDataset, proceduralDataset } from '@mint/data';
 *
 * const dataset = proceduralDataset({ trainPerClass: 2, testGoodPerClass: 1, defectsPerClass: 1, size: 64 });
 * const { classes, findings } = await checkDataset(dataset);
 * console.log(classes[0]?.className, classes[0]?.train, classes[0]?.sizes);
 * // capsule 2 { '64x64': 7 }
 * console.log(findings.map(({ severity, effect }) => `${severity}: ${effect}`));
 * ```
 */
export async function checkDataset(
  dataset: Dataset,
  { concurrency = 4, onProgress }: CheckOptions = {},
): Promise<DatasetReport> {
  let done = 0;
  const seen = await mapLimited(dataset.samples, concurrency, async (sample) => {
    const looked = await look(sample);
    done += 1;
    onProgress?.(done);
    return looked;
  });
  const findings = [
    ...fileFindings(dataset, seen),
    ...copyFindings(seen),
    ...classFindings(dataset),
    ...oddityFindings(seen),
    ...dataset.warnings.map((what) => note(what, '')),
  ];
  const { name, layout, licence } = dataset;
  return {
    dataset: name,
    ...(layout === undefined ? {} : { layout }),
    ...(licence === undefined ? {} : { licence }),
    classes: classReports(dataset, seen),
    findings: [...findings].sort((a, b) => Number(a.severity === 'note') - Number(b.severity === 'note')),
  };
}

/** What became of one sample. */
interface Seen {
  readonly sample: Sample;
  readonly hash?: string;
  readonly size?: string;
  readonly mode?: string;
  readonly oddities: readonly string[];
  readonly fingerprint?: Float32Array;
  readonly unreadable?: string;
  readonly mask: 'none' | 'fine' | 'empty' | 'other size' | 'unreadable';
  readonly maskTrouble?: string;
}

async function look(sample: Sample): Promise<Seen> {
  const bare: Seen = { sample, oddities: [], mask: 'none' };
  const read = await attempt(() => readImageOf(sample));
  if ('error' in read) return { ...bare, unreadable: read.error.message };
  const { image, hash, mode, oddities } = read.value;
  const size = `${image.width}x${image.height}`;
  const fingerprint = fingerprintOf(image);
  const about = {
    ...bare,
    hash,
    size,
    mode,
    oddities,
    ...(fingerprint === undefined ? {} : { fingerprint }),
  };
  let marked = sample.maskPath === undefined;
  for (const path of [sample.maskPath ?? []].flat()) {
    const mask = await attempt(async () => decodeMask(await readFileOf('mask', path), path));
    if ('error' in mask) return { ...about, mask: 'unreadable', maskTrouble: mask.error.message };
    const { width, height, data } = mask.value;
    if (`${width}x${height}` !== size)
      return {
        ...about,
        mask: 'other size',
        maskTrouble: `${path}: ${width}x${height}, its image ${size}`,
      };
    marked ||= data.includes(1);
  }
  return { ...about, mask: sample.maskPath === undefined ? 'none' : marked ? 'fine' : 'empty' };
}

async function readImageOf(sample: Sample) {
  const { id, imagePath, byteRange, render } = sample;
  if (imagePath === undefined) {
    if (render === undefined)
      throw new MintError('INVALID_ARGUMENT', `${id}: neither \`imagePath\` nor \`render\`.`);
    const { image } = render();
    return { image, hash: sha256(image.data), mode: 'made', oddities: [] };
  }
  const bytes = await readImage(sample, imagePath);
  const name = byteRange === undefined ? imagePath : id;
  return { ...(await inspectImage(bytes, name)), hash: sha256(bytes) };
}

async function attempt<T>(work: () => Promise<T>): Promise<{ value: T } | { error: MintError }> {
  try {
    return { value: await work() };
  } catch (error) {
    if (MintError.isInstance(error)) return { error };
    throw error;
  }
}

const problem = (what: string, effect: string, where: readonly string[]): Finding => ({
  severity: 'problem',
  what,
  effect,
  where,
});
const note = (what: string, effect: string, where: readonly string[] = []): Finding => ({
  severity: 'note',
  what,
  effect,
  where,
});

function fileFindings({ orphanMasks = [] }: Dataset, seen: readonly Seen[]): Finding[] {
  const findings: Finding[] = [];
  const tell = (list: readonly string[], what: string, effect: string) => {
    if (list.length > 0) findings.push(problem(`${list.length} ${what}`, effect, list));
  };
  tell(
    seen.flatMap(({ unreadable }) => unreadable ?? []),
    'unreadable images',
    'training reports each and goes on without it; with --strict it stops',
  );
  const troubled = (kind: Seen['mask']) =>
    seen.filter(({ mask }) => mask === kind).map(({ maskTrouble, sample }) => maskTrouble ?? sample.id);
  tell(troubled('unreadable'), 'unreadable masks', 'the image is reported and left out');
  tell(
    troubled('other size'),
    'masks of another size than their image',
    'the image is reported and left out',
  );
  tell(
    troubled('empty'),
    'masks without a marked pixel on defective images',
    'the image counts as defective, all its pixels as good',
  );
  tell(orphanMasks, 'masks without an image', 'they are not read');
  const withMasks = new Set(seen.filter(({ mask }) => mask !== 'none').map(({ sample }) => sample.className));
  tell(
    seen
      .filter(
        ({ mask, sample }) =>
          mask === 'none' && sample.label === 'anomalous' && withMasks.has(sample.className),
      )
      .map(({ sample }) => sample.id),
    'defective images without mask, in classes that have masks',
    'they count for image metrics, not for pixel metrics',
  );
  return findings;
}

function copyFindings(seen: readonly Seen[]): Finding[] {
  const named = (list: readonly Sample[]) => list.map(({ id }) => id).join(' = ');
  const readable = seen.filter(({ hash }) => hash !== undefined);
  const equal = groups(readable, ({ hash = '' }) => hash)
    .filter((group) => group.length > 1)
    .map((group) => group.map(({ sample }) => sample));
  const near = groups(readable, ({ sample }) => sample.className).flatMap((group) =>
    nearPairs(group.map(({ fingerprint }) => fingerprint))
      .map(([i, j]) => [group[i], group[j]])
      .filter(([a, b]) => a?.hash !== b?.hash)
      .map((pair) => pair.flatMap((one) => one?.sample ?? [])),
  );
  const leaks = (list: readonly Sample[]) => new Set(list.map(({ split }) => split === 'test')).size > 1;
  const torn = (list: readonly Sample[]) => new Set(list.map(({ label }) => label)).size > 1;
  const findings: Finding[] = [];
  const tell = (severity: Finding['severity'], list: readonly Sample[][], what: string, effect: string) => {
    if (list.length > 0)
      findings.push({ severity, what: `${list.length} ${what}`, effect, where: list.map(named) });
  };
  const asIs = 'nothing: take one away, or numbers on the test set mean less';
  tell('problem', equal.filter(leaks), 'equal images in training and test (leak)', asIs);
  tell('problem', near.filter(leaks), 'near-equal pairs across training and test (leak?)', asIs);
  tell(
    'problem',
    equal.filter(torn),
    'equal images, once good and once defective',
    'nothing: one label is wrong',
  );
  const within = (list: readonly Sample[]) => !leaks(list) && !torn(list);
  tell('note', equal.filter(within), 'equal images within training or test', 'each counts');
  tell(
    'note',
    near.filter((pair) => !leaks(pair)),
    'near-equal pairs within training or test',
    'each counts',
  );
  return findings;
}

function classFindings({ samples }: Dataset): Finding[] {
  const counts = [...countsByClass(samples)];
  const good = new Map(counts.map(([name]) => [name, 0]));
  for (const { className, split, label } of samples)
    if (split === 'train' && label === 'normal') good.set(className, (good.get(className) ?? 0) + 1);
  const numbers = [...good.values()];
  const findings: Finding[] = [];
  const without = [...good].filter(([, n]) => n === 0).map(([name]) => name);
  if (without.length > 0)
    findings.push(
      problem(
        `${without.length} classes without a good training image`,
        'nothing is learnt of them',
        without,
      ),
    );
  const few = [...good].filter(([, n]) => n > 0 && n < FEW_IMAGES).map(([name, n]) => `${name} (${n})`);
  if (few.length > 0)
    findings.push(
      note(
        `${few.length} classes with fewer than ${FEW_IMAGES} good training images`,
        'their alarm limit cannot be kept at a low rate',
        few,
      ),
    );
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  if (least > 0 && most >= IMBALANCE * least)
    findings.push(
      note(
        `the largest class has ${most} good training images, the smallest ${least}`,
        'all are seen once an epoch, so the small class is learnt later',
      ),
    );
  return findings;
}

function oddityFindings(seen: readonly Seen[]): Finding[] {
  const odd = seen.flatMap(({ sample, oddities }) => oddities.map((what) => ({ id: sample.id, what })));
  const sizes = groups(seen, ({ sample }) => sample.className).flatMap((group) => {
    const kinds = new Set(group.flatMap(({ size }) => size ?? []));
    return kinds.size > 1 ? [`${group[0]?.sample.className} (${kinds.size} sizes)`] : [];
  });
  return [
    ...groups(odd, ({ what }) => what).map((group) => {
      const [kind = '', effect = ''] = (group[0]?.what ?? '').split(': ');
      return note(
        `${group.length} images with ${kind}`,
        effect,
        group.map(({ id }) => id),
      );
    }),
    ...(sizes.length > 0
      ? [
          note(
            'classes with images of several sizes',
            'all are resized to one size; the aspect ratio is not kept',
            sizes,
          ),
        ]
      : []),
  ];
}

function classReports(dataset: Dataset, seen: readonly Seen[]): ClassReport[] {
  const counts = countsByClass(dataset.samples);
  return groups(seen, ({ sample }) => sample.className).map((group) => {
    const className = group[0]?.sample.className ?? '';
    const official = dataset.official?.[className];
    const numbers = counts.get(className) ?? { train: 0, validation: 0, testNormal: 0, testAnomalous: 0 };
    return {
      className,
      ...numbers,
      masks: group.filter(({ sample }) => sample.split === 'test' && sample.maskPath !== undefined).length,
      sizes: tally(group.flatMap(({ size }) => size ?? [])),
      modes: tally(group.flatMap(({ mode }) => mode ?? [])),
      ...(official === undefined ? {} : { official }),
    };
  });
}

function tally(values: readonly string[]): Record<string, number> {
  return Object.fromEntries(groups(values, (value) => value).map((group) => [group[0] ?? '', group.length]));
}
