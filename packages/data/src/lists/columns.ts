import { MintError } from '@mint/internal';
import { few } from '../names.js';

const COLUMN_NAMES = ['path', 'class', 'label', 'mask', 'split', 'defect'] as const;
export type Column = (typeof COLUMN_NAMES)[number];

/** The names that a column may have: those of UniAD, anomalib, VisA and Hugging Face among them. */
const COLUMNS: Readonly<Record<Column, readonly string[]>> = {
  path: [
    'path',
    'image',
    'image_path',
    'file',
    'filename',
    'filepath',
    'file_name',
    'file_path',
    'img',
    'img_path',
    'image_file',
  ],
  class: ['class', 'class_name', 'classname', 'clsname', 'cls_name', 'object', 'category', 'product'],
  label: ['label', 'target', 'anomaly', 'label_index', 'is_anomaly', 'anomalous'],
  mask: [
    'mask',
    'mask_path',
    'maskpath',
    'maskname',
    'mask_name',
    'mask_file',
    'ground_truth',
    'gt',
    'gt_path',
  ],
  split: ['split', 'set', 'subset', 'phase'],
  defect: [
    'defect',
    'defect_type',
    'kind',
    'label_name',
    'labelname',
    'defect_name',
    'anomaly_class',
    'specie_name',
  ],
};
/** Where a list has both, the first is used and the second is another form of it. */
const REPEATS: readonly (readonly [used: string, other: string])[] = [
  ['image_path', 'path'],
  ['label', 'label_index'],
  ['label', 'is_anomaly'],
  ['label', 'anomaly'],
];

/** What the columns of a list mean. */
export interface Columns {
  /** The column that each name means, undefined for an unknown name. */
  readonly columns: readonly (Column | undefined)[];
  readonly unknown: readonly string[];
}

/** Reads the names of columns; `Mask Path` and `mask_path` are the same. */
export function columnsOf(names: readonly string[], where: string): Columns {
  const plain = names.map((name) =>
    name
      .trim()
      .toLowerCase()
      .replaceAll(/[\s-]+/g, '_'),
  );
  const columns = plain.map((name) =>
    REPEATS.some(([used, other]) => name === other && plain.includes(used))
      ? undefined
      : COLUMN_NAMES.find((column) => COLUMNS[column].includes(name)),
  );
  if (!columns.includes('path')) {
    throw new MintError(
      'CORRUPT_FILE',
      `${where}: expected a column 'path' (or ${COLUMNS.path.slice(1).join(', ')}), found ${names.length === 0 ? 'none' : few(names)}.`,
    );
  }
  const twice = COLUMN_NAMES.find((column) => columns.indexOf(column) !== columns.lastIndexOf(column));
  if (twice !== undefined) {
    const called = names.filter((_, i) => columns[i] === twice);
    throw new MintError('CORRUPT_FILE', `${where}: ${called.join(' and ')} both mean '${twice}'. Keep one.`);
  }
  const unknown = names.filter(
    (name, i) =>
      columns[i] === undefined && name.trim() !== '' && !REPEATS.some(([, other]) => plain[i] === other),
  );
  return { columns, unknown };
}

/** Whether a column of this meaning is among the names. */
export const hasColumn = (names: readonly string[], column: string): boolean =>
  names.some((name) =>
    COLUMN_NAMES.some((known) => known === column && COLUMNS[known].includes(name.trim().toLowerCase())),
  );

/** The known name of a column that is most like this one, and how many letters differ. */
export function nearestColumn(name: string): { readonly name: string; readonly distance: number } {
  const plain = name.trim().toLowerCase();
  const known = COLUMN_NAMES.flatMap((column) => COLUMNS[column]);
  return known
    .map((candidate) => ({ name: candidate, distance: distance(plain, candidate) }))
    .reduce((a, b) => (b.distance < a.distance ? b : a));
}

/** Levenshtein distance: letters to insert, delete or replace. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
