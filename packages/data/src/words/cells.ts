import type { Sample } from '../types.js';
import { type NameReader, nameReader } from './name-reader.js';

const builtIn = nameReader();

/** The split that a cell of a list means. */
export function splitWord(cell: string): Sample['split'] | undefined {
  const { split, label } = builtIn(cell);
  return label === undefined ? split : undefined;
}

/** The label that a cell means; undefined for a kind of defect. */
export function labelWord(cell: string, read: NameReader): Sample['label'] | undefined {
  if (cell === '0' || cell === 'false') return 'normal';
  if (cell === '1' || cell === '-1' || cell === 'true') return 'anomalous';
  const { label, rest } = read(cell);
  // `faulty_imprint` is a kind of defect.
  return label === 'anomalous' && rest !== '' ? undefined : label;
}
