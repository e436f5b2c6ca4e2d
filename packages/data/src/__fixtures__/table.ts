import type { Dataset } from '../index.js';

/** `[train, validation, test normal, test anomalous, masks]` of each class. */
export function table({ samples }: Dataset): Record<string, number[]> {
  const rows: Record<string, number[]> = {};
  for (const { className, split, label, maskPath } of samples) {
    const row = rows[className] ?? [0, 0, 0, 0, 0];
    rows[className] = row;
    const column = split === 'train' ? 0 : split === 'validation' ? 1 : label === 'normal' ? 2 : 3;
    row[column] = (row[column] ?? 0) + 1;
    if (maskPath !== undefined) row[4] = (row[4] ?? 0) + [maskPath].flat().length;
  }
  return rows;
}

