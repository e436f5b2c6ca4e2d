import type { RenderedSample } from '@mint/image';
import type { ImageSource } from './sources/folder-source.js';

/** One image of a data set: a file (`imagePath`) or a recipe (`render`). */
export interface Sample {
  /** Unique and stable in its data set, parts separated by `/`: `bottle/test/hole/003`. */
  readonly id: string;
  /** Its class, one of the data set's `classes` but for test images of none of them. */
  readonly className: string;
  /** Index of `className` in the data set's `classes`; −1 for a test image of none of them. */
  readonly classIndex: number;
  /** `validation`: what a data set itself sets aside; neither trained on nor tested unless a caller asks for it. */
  readonly split: 'train' | 'validation' | 'test';
  /** Whether the image is good. */
  readonly label: 'normal' | 'anomalous';
  /** Kind of defect; absent on normal images. */
  readonly defect?: string;
  /** The image file. Absent where `render` makes the image. */
  readonly imagePath?: string;
  /** The image is a part of the file `imagePath`: first byte, and the byte after the last. Default: all of it. */
  readonly byteRange?: readonly [number, number];
  /** Of several files, one a defect, the mask is the union. */
  readonly maskPath?: string | readonly string[];
  /** Where `imagePath` and `maskPath` are read from. Default: the file system. */
  readonly source?: ImageSource;
  /** Makes the image, for samples without a file. Equal calls give equal bytes. */
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
  /** Official numbers of images by class. A number that could not be confirmed is left out. */
  readonly counts: Readonly<Record<string, ClassCounts>>;
}

/** Numbers of images of one class. */
export interface ClassCounts {
  /** Training images. */
  readonly train?: number;
  /** Images set aside for validation. */
  readonly validation?: number;
  /** Good test images. */
  readonly testNormal?: number;
  /** Defective test images. */
  readonly testAnomalous?: number;
}

/** A data set as listed: no image has been opened. */
export interface Dataset {
  /** Name of a known data set, else of the folder or list. */
  readonly name: string;
  /** Class names; `classIndex` of a sample counts among them. */
  readonly classes: readonly string[];
  /** All images of all splits, by class. */
  readonly samples: readonly Sample[];
  /** Name of the licence of a known data set, or what is known of it. */
  readonly licence?: string;
  /** Authors, title, venue, year of a known data set. */
  readonly citation?: string;
  /** Where a known data set can be had. */
  readonly source?: string;
  /** Official numbers of images by class, for a known data set. What differs stands in `warnings`. */
  readonly official?: DatasetInfo['counts'];
  /** How the folder or list was understood, one sentence. */
  readonly layout?: string;
  /** Mask files that belong to no image, by path. */
  readonly orphanMasks?: readonly string[];
  /** What is unusual about the data, one sentence each: a class without test images, a mask without image. */
  readonly warnings: readonly string[];
}
