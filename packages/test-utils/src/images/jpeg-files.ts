import { readFileSync } from 'node:fs';

/**
 * A JPEG file written by Pillow 9.4 with libjpeg-turbo 2.1.5. Most have 203 x 151 pixels; `noise-420` is noise of quality 100, 83 x 61,
 * with one flat corner; `restart-420` is `420` with a restart marker every 7 MCUs.
 */
export function jpegFile(
  name: '420' | '422' | 'gray' | 'noise-420' | 'progressive-444' | 'restart-420',
): Buffer {
  return readFileSync(new URL(`../__fixtures__/jpeg/${name}.jpg`, import.meta.url));
}
