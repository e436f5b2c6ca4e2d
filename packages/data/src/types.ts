import type { ImageSource } from './image-source.js';

/** Width and height in pixels. */
export interface Size {
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
}

/** 8-bit picture, channels R, G, B, sRGB. */
export interface RgbImage extends Size {
  /** `[height, width, 3]` row-major, 0 to 255. */
  readonly data: Uint8Array;
}

/** Defect mask. */
export interface Mask extends Size {
  /** `[height, width]` row-major, 1 where the picture is anomalous, else 0. */
  readonly data: Uint8Array;
}

/** A picture that was made, not read. */
export interface RenderedSample {
  /** The picture at its own size. */
  readonly image: RgbImage;
  /** Of the picture's size; absent on pictures without one. */
  readonly mask?: Mask;
}

/** One picture of a data set: a file (`imagePath`) or a recipe (`render`). */
export interface Sample {
  /** Unique and stable in its data set, parts separated by `/`: `bottle/test/hole/003`. */
  readonly id: string;
  /** Its class, one of the data set's `classes` but for test pictures of none of them. */
  readonly className: string;
  /** Index of `className` in the data set's `classes`; −1 for a test picture of none of them. */
  readonly classIndex: number;
  /** `validation`: what a data set itself sets aside; neither trained on nor tested unless a caller asks for it. */
  readonly split: 'train' | 'validation' | 'test';
  /** Whether the picture is good. */
  readonly label: 'normal' | 'anomalous';
  /** Kind of defect; absent on normal pictures. */
  readonly defect?: string;
  /** The picture file. Absent where `render` makes the picture. */
  readonly imagePath?: string;
  /** The picture is a part of the file `imagePath`: first byte, and the byte after the last. Default: all of it. */
  readonly byteRange?: readonly [number, number];
  /** Of several files, one a defect, the mask is the union. */
  readonly maskPath?: string | readonly string[];
  /** Where `imagePath` and `maskPath` are read from. Default: the file system. */
  readonly source?: ImageSource;
  /** Makes the picture, for samples without a file. Equal calls give equal bytes. */
  readonly render?: () => RenderedSample;
}

/** What is known of a published data set. */
export interface DatasetInfo {
  /** As its authors call it. */
  readonly name: string;
  /** Name of the licence, or what is known of it. */
  readonly licence: string;
  /** Authors, title, venue, year. */
  readonly citation: string;
  /** Where it can be had. */
  readonly source: string;
  /** Official numbers of pictures by class. A number that could not be confirmed is left out. */
  readonly counts: Readonly<Record<string, ClassCounts>>;
}

/** Numbers of pictures of one class. */
export interface ClassCounts {
  /** Training pictures. */
  readonly train?: number;
  /** Pictures set aside for validation. */
  readonly validation?: number;
  /** Good test pictures. */
  readonly testNormal?: number;
  /** Defective test pictures. */
  readonly testAnomalous?: number;
}

/** A data set as listed: no picture has been opened. */
export interface Dataset {
  /** Name of a known data set, else of the folder or list. */
  readonly name: string;
  /** Class names; `classIndex` of a sample counts among them. */
  readonly classes: readonly string[];
  /** All pictures of all splits, by class. */
  readonly samples: readonly Sample[];
  /** Name of the licence of a known data set, or what is known of it. */
  readonly licence?: string;
  /** Authors, title, venue, year of a known data set. */
  readonly citation?: string;
  /** Where a known data set can be had. */
  readonly source?: string;
  /** Official numbers of pictures by class, for a known data set. What differs stands in `warnings`. */
  readonly official?: DatasetInfo['counts'];
  /** How the folder or list was understood, one sentence. */
  readonly layout?: string;
  /** Mask files that belong to no picture, by path. */
  readonly orphanMasks?: readonly string[];
  /** What is unusual about the data, one sentence each: a class without test pictures, a mask without picture. */
  readonly warnings: readonly string[];
}
