import { extname } from 'node:path';
import { IMAGE_EXTENSIONS } from './decode/decode.js';

const extensionOf = (file: string): string => extname(file).toLowerCase();
export const stemOf = (file: string): string => file.slice(0, file.length - extname(file).length);
export const isImage = (file: string): boolean => IMAGE_EXTENSIONS.includes(extensionOf(file));
/** Masks come without loss; a JPEG's noise is not 0 where nothing is marked. */
export const isMask = (file: string): boolean =>
  ['.png', '.bmp', '.tif', '.tiff'].includes(extensionOf(file));

/** The same order on every machine, whatever its language. */
export const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');

/** The first five names, and how many more there are. */
export function few(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
