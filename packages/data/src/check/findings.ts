import { groups } from '../groups.js';
import { hasMask } from '../masks/read-mask.js';
import { problems, sentencesOf } from '../problems.js';
import type { Dataset, Problem, Sample } from '../types.js';
import { lookAlikes } from './look-alikes.js';
import { nearPairs } from './near-duplicates.js';
import type { DatasetReport, Note } from './report.js';
import type { MaskState, Seen } from './seen.js';
import { outliers } from './statistics.js';

/** With fewer good images, only 3 or fewer are left for the threshold, which then guarantees little. */
const FEW_IMAGES = 20;
/** From this ratio on the larger class dominates training. */
const IMBALANCE = 5;

/**
 * Everything that was found.
 *
 * @param goodMasks - Masks of good images that mark something, or cannot be read.
 */
export function findingsOf(
  dataset: Dataset,
  seen: readonly Seen[],
  goodMasks: readonly string[],
): Pick<DatasetReport, 'problems' | 'notes'> {
  const copies = copiesIn(seen);
  const said = new Set(sentencesOf(dataset));
  return {
    problems: [
      ...(dataset.problems ?? []),
      ...imageProblems(seen),
      ...maskProblems(dataset, seen, goodMasks),
      ...copyProblems(copies),
      ...classProblems(dataset),
      ...(dataset.guessedGood ? lookAlikeProblems(seen) : []),
    ],
    notes: [
      ...copyNotes(copies),
      ...classNotes(dataset),
      ...oddityNotes(seen),
      ...sizeNotes(seen),
      ...dataset.warnings
        .filter((warning) => !said.has(warning))
        .map((message) => ({ message, count: 0, examples: [] })),
    ],
  };
}

/** One note about all these; none when there is none. */
function notes(where: readonly string[], what: string, effect: string): Note[] {
  return problems('', where, `${what} (${effect})`).map(({ message, count, examples }) => ({
    message,
    count,
    examples,
  }));
}

const lost = { lost: true };

function imageProblems(seen: readonly Seen[]): Problem[] {
  const unreadable = seen.flatMap((one) => one.unreadable ?? []);
  const twoValued = seen.filter(({ isTwoValued }) => isTwoValued);
  const good = seen.filter(({ sample }) => sample.split === 'train' && sample.label === 'normal');
  const far = groups(good, ({ sample }) => sample.className).flatMap((group) => outliers(group));
  const ids = (list: readonly Seen[]) => list.map(({ sample }) => sample.id);
  return [
    ...problems(
      'unreadable-image',
      unreadable,
      'unreadable images: training reports each and goes on without it; with --strict it stops',
      lost,
    ),
    ...problems(
      'looks-like-mask',
      ids(twoValued),
      'images that are gray with two values: they look like masks. Put masks into a folder called masks',
    ),
    ...problems(
      'outlier',
      ids(far),
      'good training images unlike the rest of their class in colour or contrast: look whether they belong there',
    ),
  ];
}

function maskProblems({ samples }: Dataset, seen: readonly Seen[], goodMasks: readonly string[]): Problem[] {
  const trouble = (one: Seen) => one.maskTrouble ?? one.sample.id;
  const anomalous = seen.filter(({ sample }) => sample.label === 'anomalous');
  const withMask = (kind: MaskState, among: readonly Seen[] = anomalous) =>
    among.filter(({ mask }) => mask === kind).map(trouble);
  const onGood = seen.filter(
    ({ mask, sample }) => sample.label === 'normal' && (mask === 'fine' || mask === 'full'),
  );
  const classes = new Set(samples.filter(hasMask).map(({ className }) => className));
  const bare = anomalous.filter(
    ({ mask, sample, unreadable }) => mask === 'none' && !unreadable && classes.has(sample.className),
  );
  const leftOut = 'the image is reported and left out';
  return [
    ...problems('unreadable-mask', withMask('unreadable', seen), `unreadable masks: ${leftOut}`, lost),
    ...problems(
      'mask-size',
      withMask('other size', seen),
      `masks of another size than their image: ${leftOut}`,
      lost,
    ),
    ...problems(
      'empty-mask',
      withMask('empty'),
      'masks without a marked pixel on anomalous images: the image counts as anomalous, all its pixels as good',
    ),
    ...problems(
      'full-mask',
      withMask('full'),
      'masks that mark almost the whole image or its whole edge: they may be inverted, or drawn on a background that is not black',
    ),
    ...problems(
      'mask-on-good',
      [...onGood.map(trouble), ...goodMasks],
      'masks that mark something on good images: either the label or the mask is wrong; they are not used',
    ),
    ...problems(
      'missing-mask',
      bare.map(({ sample }) => sample.id),
      'anomalous images without a mask, in classes that have masks: they count for image metrics, not for pixel metrics',
    ),
  ];
}

interface Copies {
  readonly equal: readonly (readonly Sample[])[];
  readonly near: readonly (readonly Sample[])[];
}

const leaks = (list: readonly Sample[]) => new Set(list.map(({ split }) => split === 'test')).size > 1;
const contradicts = (list: readonly Sample[]) => new Set(list.map(({ label }) => label)).size > 1;
const idsOf = (lists: readonly (readonly Sample[])[]) =>
  lists.map((list) => list.map(({ id }) => id).join(' = '));

function copyProblems({ equal, near }: Copies): Problem[] {
  const leak = 'remove one of them, or results on the test set mean less';
  return [
    ...problems('leak', idsOf(equal.filter(leaks)), `equal images in training and test (leak): ${leak}`),
    ...problems(
      'near-leak',
      idsOf(near.filter(leaks)),
      `near-equal pairs across training and test (leak?): ${leak}`,
    ),
    ...problems(
      'contradictory-labels',
      idsOf(equal.filter(contradicts)),
      'equal images, one good and one anomalous: one of the labels is wrong',
    ),
  ];
}

function copyNotes({ equal, near }: Copies): Note[] {
  const harmless = equal.filter((list) => !leaks(list) && !contradicts(list));
  return [
    ...notes(idsOf(harmless), 'equal images within training or test', 'each counts'),
    ...notes(
      idsOf(near.filter((pair) => !leaks(pair))),
      'near-equal pairs within training or test',
      'each counts',
    ),
  ];
}

/** Samples with equal files, and pairs of nearly equal images of a class. */
function copiesIn(seen: readonly Seen[]): Copies {
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
  return { equal, near };
}

/** Numbers of good training images by class. */
function goodByClass({ samples }: Dataset): [name: string, count: number][] {
  const good = new Map(samples.map(({ className }) => [className, 0]));
  for (const { className, split, label } of samples)
    if (split === 'train' && label === 'normal') good.set(className, (good.get(className) ?? 0) + 1);
  return [...good];
}

function classProblems(dataset: Dataset): Problem[] {
  const none = goodByClass(dataset).filter(([, count]) => count === 0);
  const message = 'classes without a good training image: nothing can be learnt about them';
  return problems(
    'no-good-images',
    none.map(([name]) => name),
    message,
  );
}

const lookAlikeProblems = (seen: readonly Seen[]): Problem[] =>
  problems(
    'look-alike-classes',
    lookAlikes(seen).map((names) => names.join(' and ')),
    'pairs of classes that look like one product, and no folder says good or anomalous: if one of them holds defects, name it with ' +
      '--defect-words, and the other with --good-words',
  );

function classNotes(dataset: Dataset): Note[] {
  const good = goodByClass(dataset);
  const few = good.filter(([, n]) => n > 0 && n < FEW_IMAGES).map(([name, n]) => `${name} (${n})`);
  const numbers = good.map(([, count]) => count);
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  const imbalance: Note = {
    message:
      `the largest class has ${most} good training images, the smallest ${least} ` +
      '(all are seen once per epoch, so the small class is learnt later)',
    count: 0,
    examples: [],
  };
  return [
    ...notes(
      few,
      `classes with fewer than ${FEW_IMAGES} good training images`,
      'too few for a threshold with a low rate of false alarms',
    ),
    ...(least > 0 && most >= IMBALANCE * least ? [imbalance] : []),
  ];
}

function oddityNotes(seen: readonly Seen[]): Note[] {
  const odd = seen.flatMap(({ sample, oddities }) =>
    oddities.map((oddity) => ({ ...oddity, id: sample.id })),
  );
  return groups(odd, ({ what }) => what).flatMap((group) => {
    const [{ what, effect } = { what: '', effect: '' }] = group;
    return notes(
      group.map(({ id }) => id),
      `images with ${what}`,
      effect,
    );
  });
}

function sizeNotes(seen: readonly Seen[]): Note[] {
  const mixed = groups(seen, ({ sample }) => sample.className).flatMap((group) => {
    const sizes = new Set(group.flatMap(({ size }) => size ?? []));
    return sizes.size > 1 ? [`${group[0]?.sample.className} (${sizes.size} sizes)`] : [];
  });
  return notes(
    mixed,
    'classes with images of several sizes',
    'all are resized to one size; the aspect ratio is not kept',
  );
}
