import type { FolderReading, Sample } from '../types.js';
import type { Described, Tree } from './describe.js';
import type { Placed } from './masks.js';
import type { Role } from './roles.js';

const SPLIT_NAMES = { train: 'training', validation: 'validation', test: 'test' } as const;

/** What lies in a folder and below it. */
interface Contents {
  files: number;
  readonly classes: Set<string>;
  readonly labels: Set<Sample['label']>;
  readonly kinds: Set<string>;
}

/** How each folder was read, parents first, with the number of images and masks below it. */
export function folderReadings(
  { folders, roles }: Tree,
  samples: readonly Placed[],
  masks: readonly Described[],
): FolderReading[] {
  const contents = new Map<string, Contents>();
  for (const sample of samples) {
    for (const below of around(contents, sample.imagePath)) {
      below.classes.add(sample.className);
      below.labels.add(sample.label);
      if (sample.defect !== undefined) below.kinds.add(sample.defect);
    }
  }
  for (const { path } of masks) around(contents, path);
  const readings: FolderReading[] = [];
  const visit = (path: string, inMasks: boolean, inLabel: boolean) => {
    const role = roles.get(path);
    const below = contents.get(path);
    const isMask = inMasks || role?.mask === true;
    if (path !== '')
      readings.push({
        path,
        readAs: below === undefined ? 'not read' : readAs(inLabel ? undefined : role, below, isMask),
        count: below?.files ?? 0,
      });
    const children = [...(folders.get(path)?.children.values() ?? [])];
    for (const child of children.sort((a, b) => (a.path < b.path ? -1 : 1)))
      visit(child.path, isMask, inLabel || role?.label !== undefined);
  };
  visit('', false, false);
  return readings;
}

/** Counts a file in all folders around it, and gives their contents. */
function around(contents: Map<string, Contents>, path: string): Contents[] {
  const found: Contents[] = [];
  for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
    const folder = path.slice(0, end);
    const below = contents.get(folder) ?? {
      files: 0,
      classes: new Set(),
      labels: new Set(),
      kinds: new Set(),
    };
    below.files += 1;
    contents.set(folder, below);
    found.push(below);
  }
  return found;
}

function readAs(role: Role | undefined, { classes, labels, kinds }: Contents, isMask: boolean): string {
  if (isMask) return 'masks';
  const [className] = classes.size === 1 ? classes : [];
  const [kind] = labels.size === 1 && kinds.size === 1 ? kinds : [];
  const label =
    labels.size > 1
      ? undefined
      : labels.has('normal')
        ? 'good'
        : kind === undefined
          ? 'anomalous'
          : `anomalous: ${kind}`;
  if (role?.split !== undefined) {
    const split = SPLIT_NAMES[role.split];
    return role.label === undefined || label === undefined ? split : `${split}, ${label}`;
  }
  if (role?.label !== undefined) return label ?? 'good and anomalous';
  if (role?.isName === true && labels.size > 1 && className !== undefined) return `class ${className}`;
  if (role?.isName === true && label === 'good' && className !== undefined) return `class ${className}, good`;
  return role?.isName === true ? (label ?? '') : role === undefined ? (label ?? '') : '';
}
