import { extname } from 'node:path';

/** File name endings of the formats that can be read, lower case. */
export const IMAGE_EXTENSIONS: readonly string[] = [
  '.png',
  '.jpg',
  '.jpeg',
  '.tif',
  '.tiff',
  '.webp',
  '.bmp',
];
/** Masks are lossless: the noise of a JPEG is not 0 where nothing is marked. */
const MASK_EXTENSIONS: readonly string[] = ['.png', '.bmp', '.tif', '.tiff'];

const extensionOf = (file: string): string => extname(file).toLowerCase();
export const stemOf = (file: string): string => file.slice(0, file.length - extname(file).length);
export const isImage = (file: string): boolean => IMAGE_EXTENSIONS.includes(extensionOf(file));
export const isMask = (file: string): boolean => MASK_EXTENSIONS.includes(extensionOf(file));

/** The same order on every machine, whatever its language. */
export const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');

/** The first five names, and how many more there are. */
export function few(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
