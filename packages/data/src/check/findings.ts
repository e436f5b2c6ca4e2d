import { countsByClass } from '../datasets/official.js';
import { groups } from '../groups.js';
import type { Dataset, Sample } from '../types.js';
import type { Seen } from './look.js';
import { nearPairs } from './near-duplicates.js';
import type { Finding } from './report.js';

/** With fewer good images, only 3 or fewer are left for the threshold, which then guarantees little. */
const FEW_IMAGES = 20;
/** From this ratio on the larger class dominates training. */
const IMBALANCE = 5;

/** Everything that was found, problems first. */
export function findingsOf(dataset: Dataset, seen: readonly Seen[]): Finding[] {
  const findings = [
    ...imageFindings(seen),
    ...maskFindings(dataset, seen),
    ...copyFindings(seen),
    ...classFindings(dataset),
    ...oddityFindings(seen),
    ...sizeFindings(seen),
    ...dataset.warnings.map((what) => note(what, '')),
  ];
  return findings.sort((a, b) => Number(a.severity === 'note') - Number(b.severity === 'note'));
}

const problem = (what: string, effect: string, where: readonly string[] = []): Finding => ({
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

/** One finding about everything in `where`, its number before `what`; none when `where` is empty. */
const counted = (
  finding: typeof problem,
  where: readonly string[],
  what: string,
  effect: string,
): Finding[] => (where.length === 0 ? [] : [finding(`${where.length} ${what}`, effect, where)]);

function imageFindings(seen: readonly Seen[]): Finding[] {
  const unreadable = seen.flatMap((one) => one.unreadable ?? []);
  const effect = 'training reports each and goes on without it; with --strict it stops';
  return counted(problem, unreadable, 'unreadable images', effect);
}

function maskFindings({ orphanMasks = [] }: Dataset, seen: readonly Seen[]): Finding[] {
  const withMask = (kind: Seen['mask']) =>
    seen.filter(({ mask }) => mask === kind).map(({ maskTrouble, sample }) => maskTrouble ?? sample.id);
  const classes = new Set(seen.filter(({ mask }) => mask !== 'none').map(({ sample }) => sample.className));
  const bare = seen.filter(
    ({ mask, sample }) => mask === 'none' && sample.label === 'anomalous' && classes.has(sample.className),
  );
  const leftOut = 'the image is reported and left out';
  return [
    ...counted(problem, withMask('unreadable'), 'unreadable masks', leftOut),
    ...counted(problem, withMask('other size'), 'masks of another size than their image', leftOut),
    ...counted(
      problem,
      withMask('empty'),
      'masks without a marked pixel on anomalous images',
      'the image counts as anomalous, all its pixels as good',
    ),
    ...counted(problem, orphanMasks, 'masks without an image', 'they are not read'),
    ...counted(
      problem,
      bare.map(({ sample }) => sample.id),
      'anomalous images without a mask, in classes that have masks',
      'they count for image metrics, not for pixel metrics',
    ),
  ];
}

function copyFindings(seen: readonly Seen[]): Finding[] {
  const { equal, near } = copiesIn(seen);
  const leaks = (list: readonly Sample[]) => new Set(list.map(({ split }) => split === 'test')).size > 1;
  const contradicts = (list: readonly Sample[]) => new Set(list.map(({ label }) => label)).size > 1;
  const ids = (lists: readonly Sample[][]) => lists.map((list) => list.map(({ id }) => id).join(' = '));
  const leak = 'nothing: remove one of them, or results on the test set mean less';
  return [
    ...counted(problem, ids(equal.filter(leaks)), 'equal images in training and test (leak)', leak),
    ...counted(problem, ids(near.filter(leaks)), 'near-equal pairs across training and test (leak?)', leak),
    ...counted(
      problem,
      ids(equal.filter(contradicts)),
      'equal images, one good and one anomalous',
      'nothing: one of the labels is wrong',
    ),
    ...counted(
      note,
      ids(equal.filter((list) => !leaks(list) && !contradicts(list))),
      'equal images within training or test',
      'each counts',
    ),
    ...counted(
      note,
      ids(near.filter((pair) => !leaks(pair))),
      'near-equal pairs within training or test',
      'each counts',
    ),
  ];
}

/** Samples with equal files, and pairs of nearly equal images of a class. */
function copiesIn(seen: readonly Seen[]): { equal: Sample[][]; near: Sample[][] } {
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

function classFindings({ samples }: Dataset): Finding[] {
  const good = new Map([...countsByClass(samples)].map(([name]) => [name, 0]));
  for (const { className, split, label } of samples)
    if (split === 'train' && label === 'normal') good.set(className, (good.get(className) ?? 0) + 1);
  const numbers = [...good.values()];
  const none = [...good].filter(([, n]) => n === 0).map(([name]) => name);
  const few = [...good].filter(([, n]) => n > 0 && n < FEW_IMAGES).map(([name, n]) => `${name} (${n})`);
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  const imbalance = note(
    `the largest class has ${most} good training images, the smallest ${least}`,
    'all are seen once per epoch, so the small class is learnt later',
  );
  return [
    ...counted(problem, none, 'classes without a good training image', 'nothing can be learnt about them'),
    ...counted(
      note,
      few,
      `classes with fewer than ${FEW_IMAGES} good training images`,
      'too few for a threshold with a low rate of false alarms',
    ),
    ...(least > 0 && most >= IMBALANCE * least ? [imbalance] : []),
  ];
}

function oddityFindings(seen: readonly Seen[]): Finding[] {
  const odd = seen.flatMap(({ sample, oddities }) =>
    oddities.map((oddity) => ({ ...oddity, id: sample.id })),
  );
  return groups(odd, ({ what }) => what).flatMap((group) => {
    const [{ what, effect } = { what: '', effect: '' }] = group;
    return counted(
      note,
      group.map(({ id }) => id),
      `images with ${what}`,
      effect,
    );
  });
}

function sizeFindings(seen: readonly Seen[]): Finding[] {
  const mixed = groups(seen, ({ sample }) => sample.className).flatMap((group) => {
    const sizes = new Set(group.flatMap(({ size }) => size ?? []));
    return sizes.size > 1 ? [`${group[0]?.sample.className} (${sizes.size} sizes)`] : [];
  });
  if (mixed.length === 0) return [];
  const effect = 'all are resized to one size; the aspect ratio is not kept';
  return [note('classes with images of several sizes', effect, mixed)];
}
