import { UNNAMED_DEFECT } from '../class-samples.js';
import type { Sample } from '../types.js';
import { isMaskWord, isWrapperWord, labelWord, splitWord } from '../words.js';

/** What the folders of a file say about it. */
export interface Described {
  /** Path below the root with `/`. */
  readonly path: string;
  /** Folders that are not known words: classes and kinds of defects. */
  readonly names: readonly string[];
  /** How many of `names` come before the label's word; all of them when there is none. */
  readonly namesBefore: number;
  readonly label: Sample['label'] | undefined;
  readonly split: Sample['split'] | undefined;
  /** Whether the file lies in a folder of masks. */
  readonly mask: boolean;
}

/** Reads the folders of a path as words. */
export function describe(path: string): Described {
  const folders = path.split('/').slice(0, -1);
  const names: string[] = [];
  let namesBefore: number | undefined;
  let label: Sample['label'] | undefined;
  let split: Sample['split'] | undefined;
  let mask = false;
  for (const folder of folders) {
    const [asSplit, asLabel] = [splitWord(folder), labelWord(folder)];
    if (asSplit !== undefined) split ??= asSplit;
    else if (asLabel !== undefined && label === undefined) {
      label = asLabel;
      namesBefore = names.length;
    } else if (isMaskWord(folder)) mask = true;
    else if (!isWrapperWord(folder)) names.push(folder);
  }
  return { path, names, namesBefore: namesBefore ?? names.length, label, split, mask };
}

/** Class folders: those with good images below them, by their word. The root itself is `''`. */
export function classFolders(images: readonly Described[]): ReadonlySet<string> {
  return new Set(
    images
      .filter(({ label }) => label === 'normal')
      .map(({ names, namesBefore }) => names.slice(0, namesBefore).join('/')),
  );
}

/** Parts of the class folder of a file, empty for the root. When no folder is good, the first folder is the class. */
export function classOf(classes: ReadonlySet<string>, { names, namesBefore }: Described): readonly string[] {
  const before = names.slice(0, namesBefore);
  const deepest = before
    .map((_, i) => before.slice(0, before.length - i))
    .find((parts) => classes.has(parts.join('/')));
  return deepest ?? (classes.has('') ? [] : before.slice(0, 1));
}

/** Class, label and kind of defect of an image; undefined where its folders do not say. */
export function placeOf(
  classes: ReadonlySet<string>,
  file: Described,
): Pick<Sample, 'className' | 'label' | 'defect'> | undefined {
  const folder = classOf(classes, file);
  const className = folder.join('-');
  const kind = file.names.slice(folder.length).join('-');
  const label = file.label ?? impliedLabel(classes, file, kind);
  if (label === undefined) return undefined;
  return label === 'normal' ? { className, label } : { className, label, defect: kind || UNNAMED_DEFECT };
}

function impliedLabel(
  classes: ReadonlySet<string>,
  { split }: Described,
  kind: string,
): Sample['label'] | undefined {
  if (classes.size === 0) return 'normal';
  if (kind !== '') return 'anomalous';
  return split === 'train' ? 'normal' : undefined;
}
