import type { ImageSource } from './image-source.js';

/** 8-bit picture, `[height, width, 3]` row-major, channels R, G, B, sRGB. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Defect mask, `[height, width]` row-major, 1 where the picture is anomalous, else 0. */
export interface Mask {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A picture that was made, not read. `mask` has the picture's size. */
export interface RenderedSample {
  readonly image: RgbImage;
  readonly mask?: Mask;
}

/** One picture of a data set: a file (`imagePath`) or a recipe (`render`). */
export interface Sample {
  /** Unique and stable in its data set, parts separated by `/`: `bottle/test/hole/003`. */
  readonly id: string;
  readonly className: string;
  /** Index of `className` in the data set's `classes`; −1 for a test picture of none of them. */
  readonly classIndex: number;
  /** `validation`: what a data set itself sets aside; neither trained on nor tested unless a caller asks for it. */
  readonly split: 'train' | 'validation' | 'test';
  readonly label: 'normal' | 'anomalous';
  /** Kind of defect; absent on normal pictures. */
  readonly defect?: string;
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
  readonly name: string;
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
  readonly train?: number;
  readonly validation?: number;
  readonly testNormal?: number;
  readonly testAnomalous?: number;
}

export interface Dataset {
  readonly name: string;
  readonly classes: readonly string[];
  readonly samples: readonly Sample[];
  readonly licence?: string;
  readonly citation?: string;
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
