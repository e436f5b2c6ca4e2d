import type { UndecidedSample } from '../class-samples.js';
import { groups } from '../groups.js';
import { hasMask } from '../masks/read-mask.js';
import { few, stemOf } from '../names.js';
import { problems } from '../problems.js';
import type { Problem } from '../types.js';
import { DEFECT, GOOD } from '../words/vocabulary.js';
import type { Tree } from './describe.js';
import { type Folder, siblingsOf } from './folders.js';
import type { Placed } from './masks.js';

/** Shorter words are too like others. */
const SHORTEST = 6;
const WORDS = [...GOOD, ...DEFECT].filter((word) => word.length >= SHORTEST);

/** Folders whose names look like good or anomalous but were read as classes or kinds. */
export function labelLikeClasses({ folders, roles }: Tree, samples: readonly Placed[]): Problem[] {
  const named = new Set(
    samples.flatMap(({ label, file }) => (label === 'normal' ? file.parts.map(({ name }) => name) : [])),
  );
  const found = [...folders.values()].filter((folder) => {
    const { path, name, meaning, goodBelow, trainBelow } = folder;
    if (roles.get(path)?.isName !== true || !named.has(name) || meaning.kind || goodBelow || trainBelow)
      return false;
    const words = meaning.rest.split(' ');
    return (
      meaning.contradicts ||
      (meaning.partlyKind && siblingsOf(folder).length > 0) ||
      isZeroOrOne(folder) ||
      words.some(
        (word) =>
          word.length >= SHORTEST && WORDS.some((known) => isNear(word, known) || begins(word, known)),
      )
    );
  });
  return problems(
    'label-like-name',
    found.map(({ path }) => path),
    'The names of these folders look like a word for good or anomalous but were read as names of their own. Rename them, or add the word ' +
      'with --good-words or --defect-words.',
  );
}

/** `schlechtmuster`, `defektware`: a known word with another behind it. */
const begins = (word: string, known: string): boolean =>
  word.startsWith(known) && word.length > known.length + 2;

/** `0` beside `1`, and nothing else: labels as a table has them. */
const isZeroOrOne = (folder: Folder): boolean =>
  [folder, ...siblingsOf(folder)]
    .map(({ name }) => name)
    .sort()
    .join() === '0,1';

/** Label folders inside label folders that say the opposite. */
export function contradictions({ folders, roles }: Tree): Problem[] {
  const found = [...folders.values()].filter(({ path, parent }) => {
    const label = roles.get(path)?.label;
    if (label === undefined) return false;
    for (let outer = parent; outer !== undefined; outer = outer.parent) {
      const other = roles.get(outer.path)?.label;
      if (other !== undefined && other !== label) return true;
    }
    return false;
  });
  return problems(
    'contradictory-folders',
    found.map(({ path }) => path),
    'These folders say the opposite of a folder around them. The inner one was used; rename one of them.',
  );
}

/** Images of one folder whose names differ in their endings only, such as `1.jpg` and `1.png`: the second may be the mask of the first. */
export function sameNames(samples: readonly Placed[]): Problem[] {
  const known = new Set<string>();
  const twins: string[] = [];
  for (const { imagePath } of samples) {
    const name = stemOf(imagePath).toLowerCase();
    if (known.has(name)) twins.push(imagePath);
    known.add(name);
  }
  return problems(
    'same-name',
    twins,
    'These images have the name of another image in their folder, but for the ending. If they are masks, put them in a folder masks.',
  );
}

/** Images in folders of good images that have an annotated defect. */
export const annotatedGood = (samples: readonly Placed[], shapes: ReadonlyMap<string, unknown>): Problem[] =>
  problems(
    'mask-on-good',
    samples.flatMap(({ label, imagePath }) =>
      label === 'normal' && shapes.has(imagePath) ? [imagePath] : [],
    ),
    'annotations that mark something on images whose folder says good: either the folder or the annotation is wrong; the folder was used',
  );

/** Says that several classes are good because nothing says otherwise. */
export function guesses(samples: readonly Placed[]): string[] {
  const classes = [...new Set(samples.map(({ className }) => className))];
  if (classes.length < 2 || samples.some(({ label, file }) => label !== 'normal' || file.label !== undefined))
    return [];
  return [
    `No folder says good or anomalous, so all images of these classes count as good: ${few(classes)}. If one of them holds defects, name it with --defect-words.`,
  ];
}

/** Anomalous images in a training folder: they are not learned, and do not test either. */
export function unusedTrainingDefects(samples: readonly Placed[]): string[] {
  const count = samples.filter(({ label, split }) => label === 'anomalous' && split === 'train').length;
  if (count === 0) return [];
  return [`${count} anomalous images lie in a folder for training; they are not learned.`];
}

/** What a class of a tree with training and test folders lacks. */
export function classWarnings(samples: readonly UndecidedSample[]): string[] {
  return groups(samples, ({ className }) => className).flatMap((group) => {
    const name = group[0]?.className ?? '';
    const tests = group.filter(({ split }) => split === 'test');
    const anomalous = tests.filter(({ label }) => label === 'anomalous');
    if (tests.length === 0) return [`${name}: no test images, so this class cannot be evaluated.`];
    if (anomalous.length === 0) return [`${name}: no anomalous test images, so its AUROC is undefined.`];
    const noMasks = anomalous.every((sample) => !hasMask(sample));
    return [
      ...(anomalous.length === tests.length
        ? [`${name}: no images in test/good, so its AUROC is undefined.`]
        : []),
      ...(noMasks ? [`${name}: no ground_truth, so only image metrics are defined.`] : []),
    ];
  });
}

/** Whether one letter more, less or other makes one word of the other. */
function isNear(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1 || a === b) return false;
  let same = 0;
  while (same < Math.min(a.length, b.length) && a[same] === b[same]) same += 1;
  const [left, right] = [a.slice(same), b.slice(same)];
  return left.slice(1) === right.slice(1) || left.slice(1) === right || left === right.slice(1);
}
