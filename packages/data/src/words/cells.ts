import type { Sample } from '../types.js';
import { type NameReader, nameReader } from './name-reader.js';

const builtIn = nameReader();

/** The split that a cell of a list means. */
export function splitWord(cell: string): Sample['split'] | undefined {
  // As pandas writes anomalib's: `Split.TRAIN`.
  const { split, label } = builtIn(cell.replace(/^split\./i, ''));
  return label === undefined ? split : undefined;
}

/** Whether a cell says that there is nothing: `None`, `nan`, `-`. */
export const isEmptyCell = (cell: string): boolean => /^(none|nan|null|nil|n\/a|na|-+)$/i.test(cell.trim());

/** The label that a cell means; undefined for a kind of defect. */
export function labelWord(cell: string, read: NameReader): Sample['label'] | undefined {
  if (/^([+-]?0+(\.0*)?|false|none)$/i.test(cell)) return 'normal';
  if (/^([+-]?0*1(\.0*)?|true)$/i.test(cell)) return 'anomalous';
  const { label, rest } = read(cell.replace(/^labelname\./i, ''));
  // `faulty_imprint` is a kind of defect.
  return label === 'anomalous' && rest !== '' ? undefined : label;
}

/** Whether a cell of a column that is not known says good or anomalous. */
export const saysLabel = (cell: string): boolean => labelWord(cell.trim(), builtIn) !== undefined;
