import { extname } from 'node:path';

/** File name endings of the formats that can be read, lower case. */
export const IMAGE_EXTENSIONS: readonly string[] = [
  '.png',
  '.jpg',
  '.jpeg',
  '.jfif',
  '.jpe',
  '.tif',
  '.tiff',
  '.webp',
  '.bmp',
  '.ppm',
  '.pgm',
  '.pnm',
];
/** Endings of images that cannot be read. */
const OTHER_IMAGE_EXTENSIONS = new Set(
  '.heic .heif .hif .avif .gif .jp2 .j2k .jxl .svg .psd .exr .hdr .dng .cr2 .cr3 .nef .arw .raf .orf .rw2 .raw .dcm .tga .ico .pcx .pbm .pfm'.split(
    ' ',
  ),
);
/** Masks are lossless: the noise of a JPEG is not 0 where nothing is marked. */
const MASK_EXTENSIONS: readonly string[] = ['.png', '.bmp', '.tif', '.tiff', '.pgm', '.ppm', '.pnm'];

const extensionOf = (file: string): string => extname(file).toLowerCase();
export const stemOf = (file: string): string => file.slice(0, file.length - extname(file).length);
export const isImage = (file: string): boolean => IMAGE_EXTENSIONS.includes(extensionOf(file));
/** Whether the name is that of an image in a format that is not read. */
export const isOtherImage = (file: string): boolean => OTHER_IMAGE_EXTENSIONS.has(extensionOf(file));
/** How to make an image of a format that is not read readable. */
export const howToConvert = (file: string): string =>
  `${extensionOf(file).slice(1).toUpperCase()} images are not read; convert them to PNG, for instance with \`magick ${file} ${stemOf(file)}.png\``;
export const isMask = (file: string): boolean => MASK_EXTENSIONS.includes(extensionOf(file));

/** The same order on every machine, whatever its language. */
export const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');

/** The first five names, and how many more there are. */
export function few(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}

const LITTER = new Set(
  (
    '@eadir|#recycle|@recycle|#snapshot|~snapshot|@recently-snapshot|@tmp|@synoresource|@synoeastream|$recycle.bin|recycler|recycled|system volume information|' +
    'network trash folder|temporary items|thevolumesettingsfolder|__macosx|lost+found|__pycache__|thumbs|_thumbs|thumb|_thumb|thumbnails|_thumbnails|thumbnail|' +
    'thumbs.db|ehthumbs.db|ehthumbs_vista.db|desktop.ini|icon\r'
  ).split('|'),
);

/** What file servers and desktops leave behind: thumbnails, recycle bins, hidden files. It is never data. */
export const isLitter = (name: string): boolean =>
  name.startsWith('.') || name.startsWith('~$') || LITTER.has(name.toLowerCase()) || /@syno\w+$/i.test(name);
