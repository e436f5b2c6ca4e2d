import { UNNAMED_DEFECT } from '../class-samples.js';
import type { Sample } from '../types.js';
import type { NameReader } from '../words/name-reader.js';
import { type Described, type Part, stem } from './describe.js';

/** Class, label and kind of defect of an image. */
export interface Place {
  /** Names of the folders that make the class, the outermost first; none for the root. */
  readonly classParts: readonly string[];
  readonly label: Sample['label'];
  readonly defect?: string | undefined;
  /** Read as good although a folder below its class says something unknown. */
  readonly doubtful?: boolean | undefined;
}

/** Decides where images belong; undefined where nothing says whether an image is good. */
export type Placer = (file: Described) => Place | undefined;

/** What all images together say about the classes. */
interface Classes {
  /** Class folders with a folder of good images, as paths of names; the root is `''`. */
  readonly withGood: ReadonlySet<string>;
  /** Class folders that have folders of defects, and good images only beside those. */
  readonly bare: ReadonlySet<string>;
  /** Names of kinds of defects. */
  readonly kinds: ReadonlySet<string>;
  /** Class folders with good folders below `train`. */
  readonly goodInTrain: ReadonlySet<string>;
  /** Folders of names that hold images themselves. */
  readonly loose: ReadonlySet<string>;
  /** Folders with images whose own names are no kinds of defects. */
  readonly otherNames: ReadonlySet<string>;
  /** Whether any folder says good or anomalous, or names a kind of defect. */
  readonly anyLabel: boolean;
}

const key = (parts: readonly Part[]): string => parts.map(({ name }) => name).join('/');
const isKind = ({ name, meaning }: Part, kinds: ReadonlySet<string>): boolean =>
  meaning.kind || kinds.has(name.toLowerCase());

/** Reads all images once, and then places each. */
export function placer(images: readonly Described[], read: NameReader): Placer {
  const classes = classesOf(images, read);
  return (file) => {
    if (file.label === undefined && isUnjudged(classes, file)) return undefined;
    const anomalousAt = kindIndex(classes, file);
    if (file.label !== undefined) return place(classes, file, file.label, file.before);
    if (anomalousAt !== undefined) return place(classes, file, 'anomalous', anomalousAt);
    return unlabelled(classes, file, read);
  };
}

/** Whether a folder says that nobody has judged its images; a class may have such a name, but then it has good images. */
const isUnjudged = ({ withGood }: Classes, { parts }: Described): boolean =>
  parts.some(({ meaning }, i) => meaning.unjudged && !withGood.has(key(parts.slice(0, i + 1))));

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

function classesOf(images: readonly Described[], read: NameReader): Classes {
  const otherNames = new Set(
    images.flatMap((file) =>
      file.label !== undefined || read(stem(file)).kind ? [] : [folderOf(file.path)],
    ),
  );
  const withGood = new Set<string>();
  const goodInTrain = new Set<string>();
  for (const { label, parts, before, split } of images) {
    if (label !== 'normal') continue;
    withGood.add(key(parts.slice(0, before)));
    if (split === 'train') goodInTrain.add(key(parts.slice(0, before)));
  }
  const kinds = new Set<string>();
  for (const { label, parts, split } of images) {
    const beyond =
      label === undefined && split !== 'train' ? parts.slice(prefixIn(withGood, parts) ?? parts.length) : [];
    const [kind] = beyond;
    if (kind !== undefined && !kind.meaning.neutral) kinds.add(kind.name.toLowerCase());
  }
  const bare = new Set<string>();
  const loose = new Set<string>();
  for (const file of images) {
    const at = file.label === 'anomalous' ? file.before : file.parts.findIndex((part) => isKind(part, kinds));
    if (file.label === undefined && at < 0) loose.add(key(file.parts));
    else if (file.label !== 'normal') bare.add(key(file.parts.slice(0, at)));
  }
  return {
    withGood,
    goodInTrain,
    kinds,
    bare,
    loose,
    otherNames,
    anyLabel: withGood.size > 0 || bare.size > 0,
  };
}

/** Number of parts of the deepest class folder that the path lies in. */
function prefixIn(classes: ReadonlySet<string>, parts: readonly Part[]): number | undefined {
  for (let length = parts.length; length >= 0; length--)
    if (classes.has(key(parts.slice(0, length)))) return length;
  return undefined;
}

/** Where the name of a kind of defect is in the path of an image without a label. */
function kindIndex(
  { withGood, goodInTrain, bare, loose, kinds }: Classes,
  { parts, split }: Described,
): number | undefined {
  const named = parts.findIndex((part) => isKind(part, kinds));
  const inClass = prefixIn(withGood, parts);
  if (inClass !== undefined) {
    if (inClass >= parts.length) return undefined;
    // Training images without a folder called good may lie in folders of any name.
    const isFree = split === 'train' && !goodInTrain.has(key(parts.slice(0, inClass)));
    if (isFree) return named >= inClass ? named : undefined;
    return inClass;
  }
  if (named >= 0) return named;
  if (split === 'train') return undefined;
  const bareAt = prefixIn(bare, parts);
  const beside = bareAt !== undefined && bareAt < parts.length && loose.has(key(parts.slice(0, bareAt)));
  return beside && parts[bareAt]?.meaning.neutral === false ? bareAt : undefined;
}

/** The class of an image whose label or kind of defect stands behind the first `before` parts. */
function place({ withGood, bare }: Classes, file: Described, label: Sample['label'], before: number): Place {
  const { parts } = file;
  const outer = parts.slice(0, before);
  const length =
    prefixIn(withGood, outer) ??
    (bare.has('') && outer.length === 0 ? 0 : Math.max(1, prefixIn(bare, outer) ?? 1));
  const classParts = namesOf(parts.slice(0, Math.min(length, before)));
  if (label === 'normal') return { classParts, label };
  return { classParts, label, defect: defectOf(file, parts.slice(Math.min(length, before))) };
}

const namesOf = (parts: readonly Part[]): string[] => parts.map(({ name }) => name);

/**
 * Names classes by their folders, without those that all classes lie in: `mvtec/bolt` and `mvtec/nut` are `bolt` and `nut`.
 *
 * @param places - Of all images.
 * @param rootName - The class of images that lie in no class folder.
 */
export function classNamer(
  places: readonly (Place | undefined)[],
  rootName: string,
): (place: Pick<Place, 'classParts'>) => string {
  const all = places.flatMap((place) => (place === undefined ? [] : [place.classParts]));
  const [first = []] = all;
  let shared = 0;
  while (
    all.every((parts) => parts.length > shared + 1 && parts[shared] === first[shared]) &&
    first.length > 0
  )
    shared += 1;
  return ({ classParts }) => classParts.slice(shared).join('-') || rootName;
}

function defectOf({ labelFolder }: Described, beyond: readonly Part[]): string {
  const own = labelFolder !== undefined && labelFolder.meaning.rest !== '' ? [labelFolder.name] : [];
  const names = beyond.filter(({ meaning }) => !meaning.neutral).map(({ name }) => name);
  return [...own, ...names].join('-') || UNNAMED_DEFECT;
}

function unlabelled(classes: Classes, file: Described, read: NameReader): Place | undefined {
  const { parts, split } = file;
  const says = read(stem(file));
  const isKindAlone = says.kind && classes.otherNames.has(folderOf(file.path));
  if (says.label === 'anomalous' || isKindAlone) return place(classes, file, 'anomalous', parts.length);
  const inClass = prefixIn(classes.withGood, parts);
  if (says.label === 'normal' || split === 'train' || split === 'validation') {
    const length = inClass ?? Math.min(1, parts.length);
    return {
      classParts: namesOf(parts.slice(0, length)),
      label: 'normal',
      doubtful:
        isDoubtful(parts.slice(length)) ||
        // Beside kinds of defects, and called nothing that is known.
        (inClass === undefined &&
          says.label === undefined &&
          length > 0 &&
          classes.bare.has(key(parts.slice(0, length - 1)))),
    };
  }
  if (inClass !== undefined || split === 'test') return undefined;
  const bareAt = prefixIn(classes.bare, parts);
  if (bareAt !== undefined && (bareAt > 0 || parts.length === 0)) {
    const inner = parts.slice(bareAt);
    return { classParts: namesOf(parts.slice(0, bareAt)), label: 'normal', doubtful: isDoubtful(inner) };
  }
  if (classes.anyLabel && split === undefined) return undefined;
  const inner = parts.slice(1);
  if (isDoubtful(inner) && parts.slice(0, 1).some((part) => classes.loose.has(key([part])))) return undefined;
  return { classParts: namesOf(parts.slice(0, 1)), label: 'normal', doubtful: isDoubtful(inner) };
}

const isDoubtful = (inner: readonly Part[]): boolean => inner.some(({ meaning }) => !meaning.neutral);
