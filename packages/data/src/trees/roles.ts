import type { Sample } from '../types.js';
import { type Folder, siblingsOf } from './folders.js';

/** What a folder is for. */
export interface Role {
  /** A class, or a kind of defect; these have a name of their own. */
  readonly isName: boolean;
  readonly mask: boolean;
  readonly label: Sample['label'] | undefined;
  readonly split: Sample['split'] | undefined;
  /** The folder beside this one whose masks are here: `bolt` for `bolt_mask`. */
  readonly masksOf?: string | undefined;
  /** The class that the name of a folder with a label holds as well: `bolt_ok` beside `bolt_ng`, `nut_ok` and `nut_ng`. */
  readonly className?: string | undefined;
}

const NAME: Role = { isName: true, mask: false, label: undefined, split: undefined };
const WRAPPER: Role = { ...NAME, isName: false };

/** The role of every folder, by path. A word with good or training images below it is a class. */
export function rolesOf(folders: ReadonlyMap<string, Folder>): ReadonlyMap<string, Role> {
  const roles = new Map<string, Role>();
  for (const folder of folders.values()) if (folder.path !== '') roles.set(folder.path, roleOf(folder));
  for (const folder of folders.values()) nameClasses(folder, roles);
  return roles;
}

function roleOf(folder: Folder): Role {
  const { label, split, mask, wrapper } = folder.meaning;
  if (mask) return isClass(folder) && !holdsMasks(folder) ? NAME : maskRole(folder);
  if (label !== undefined) return isClassCalledLabel(folder) ? NAME : { ...WRAPPER, label, split };
  if (split === 'validation' && isOppositeOfInvalid(folder)) return { ...WRAPPER, label: 'normal' };
  if (split !== undefined) return isClassCalledSplit(folder) ? NAME : { ...WRAPPER, split };
  if (wrapper) return isClass(folder) && isClassCalledImages(folder) ? NAME : WRAPPER;
  return NAME;
}

const isClass = ({ goodBelow, trainBelow }: Folder): boolean => goodBelow || trainBelow;

/** A folder that is a class whatever its name is: another name than those of masks, images and splits, with good images below. */
const isPlainClass = (folder: Folder): boolean => {
  const { mask, wrapper, split } = folder.meaning;
  return isClass(folder) && !mask && !wrapper && split === undefined;
};

/** `annotations/images` and `annotations/masks`: the outer one only holds them. */
function maskRole(folder: Folder): Role {
  const inner = [...folder.children.values()];
  const holdsImages =
    inner.some(({ meaning }) => meaning.wrapper) && inner.some(({ meaning }) => meaning.mask);
  if (holdsImages) return WRAPPER;
  return { ...WRAPPER, mask: true, split: folder.meaning.split, masksOf: imagesOf(folder) };
}

/** The folder beside this one whose name is the same but for the word for masks: `scratch` for `scratch_mask`. */
function imagesOf({ name, parent }: Folder): string | undefined {
  const plain = name.toLowerCase();
  return [...(parent?.children.keys() ?? [])].find((other) => {
    const [before, after] = plain.split(other.toLowerCase());
    return after !== undefined && other.length > 1 && MASK_WORD.test(`${before}${after}`);
  });
}

const MASK_WORD = /^[\s._-]*(gt|ground[\s_-]?truths?|masks?|labels?|annotations?|segmentations?)[\s._-]*$/;

/** Whether a folder called like masks, with good images below, has the images that the masks belong to beside it. */
function holdsMasks(folder: Folder): boolean {
  const beside = siblingsOf(folder);
  const besideNames = new Set(beside.map(({ name }) => name));
  const parallel = [...folder.children.values()].some(
    ({ name, meaning }) =>
      meaning.label === undefined && meaning.split === undefined && besideNames.has(name),
  );
  const isPart = (other: Folder) => {
    const { label, split, wrapper } = other.meaning;
    if (label !== undefined) return !isClassCalledLabel(other);
    if (split !== undefined) return !isClassCalledSplit(other);
    return wrapper && !isClassCalledImages(other);
  };
  const plainClasses = beside.filter(isPlainClass);
  return (parallel && plainClasses.length === 0) || sharesClass(folder, plainClasses) || beside.some(isPart);
}

/** `masks/bolt/good` beside `bolt/good`. */
const sharesClass = (folder: Folder, classes: readonly Folder[]): boolean =>
  classes.some(({ name }) => {
    const inner = folder.children.get(name);
    return inner !== undefined && inner.meaning.label === undefined;
  });

/** `good/good` and `good/scratch`; but not `good/train` beside `bad/test`, nor `ok/normal` beside `ng/normal`. */
function isClassCalledLabel(folder: Folder): boolean {
  if (!isClass(folder)) return false;
  const opposite = siblingsOf(folder).some(
    (other) =>
      other.meaning.label !== undefined &&
      other.meaning.label !== folder.meaning.label &&
      (!other.labelBelow || (holdsOnlyGood(folder) && holdsOnlyGood(other))),
  );
  return !opposite;
}

const holdsOnlyGood = ({ children }: Folder): boolean =>
  children.size > 0 && [...children.values()].every(({ meaning }) => meaning.label === 'normal');

/** `valid` beside `invalid` is no split. */
const isOppositeOfInvalid = (folder: Folder): boolean =>
  siblingsOf(folder).some(({ name }) => name.toLowerCase() === `in${folder.name.toLowerCase()}`);

/** A product called `train`: training images below it, or classes beside it and no test images. */
function isClassCalledSplit(folder: Folder): boolean {
  const beside = siblingsOf(folder);
  // `train/train/good`, `train/bolt/good` and `test/train/good`: the outer ones are splits.
  const splits = beside.filter(({ meaning }) => meaning.split !== undefined);
  const holdsClasses =
    splits.length > 0 &&
    [folder, ...splits].some(({ children }) => [...children.values()].some(isPlainClass));
  if (folder.trainBelow && !holdsClasses) return true;
  if (!folder.goodBelow || beside.some(({ meaning }) => meaning.split !== undefined)) return false;
  const labels = [...folder.children.values()].some(({ meaning }) => meaning.label === 'normal');
  return labels && beside.some((other) => isPlainClass(other) && other.meaning.label === undefined);
}

/** A product called `image` or `data` has classes beside it. */
const isClassCalledImages = (folder: Folder): boolean =>
  siblingsOf(folder).some((other) => isPlainClass(other) || (other.meaning.wrapper && isClass(other)));

/** Where names hold a class and a label, and each class has good images and others, the rest of the name is the class. */
function nameClasses({ children }: Folder, roles: Map<string, Role>): void {
  const labelled = [...children.values()].filter(({ path }) => roles.get(path)?.label !== undefined);
  const rests = new Map<string, Set<Sample['label']>>();
  for (const { meaning } of labelled) {
    const labels = rests.get(meaning.rest) ?? new Set();
    if (meaning.label !== undefined) labels.add(meaning.label);
    rests.set(meaning.rest, labels);
  }
  if (rests.size < 2 || rests.has('') || [...rests.values()].some((labels) => labels.size < 2)) return;
  for (const { path, meaning } of labelled) {
    const role = roles.get(path);
    if (role !== undefined) roles.set(path, { ...role, className: meaning.rest.replaceAll(' ', '_') });
  }
}
