import type { RenderedSample } from '@mint/image';

/** A store of images and masks. Samples that name one are read from it when they are needed; the files are not copied. */
export interface ImageSource {
  /** Name in messages; contains no credentials. */
  readonly name: string;
  /** Paths of all files, parts separated by `/`. */
  readonly list: () => AsyncIterable<string>;
  /**
   * Reads a whole file, or its bytes from the first number up to but not including the second.
   *
   * @throws MintError `NOT_FOUND`, `UNAVAILABLE`, or `INVALID_ARGUMENT` for a path that leads out of the store or a file over
   * the size limit.
   */
  readonly read: (path: string, range?: readonly [number, number]) => Promise<Uint8Array>;
}

/** A small mask at a place of an image, as LabelMe and Supervisely have it. */
export interface MaskBitmap {
  /** Base64 of a PNG, or of a deflated PNG. */
  readonly data: string;
  /** Left edge in pixels of the image. */
  readonly x: number;
  /** Upper edge in pixels of the image. */
  readonly y: number;
}

/** The mask of a good image. */
export interface GoodMask {
  /** Id of the image's sample. */
  readonly id: string;
  /** Path of the mask. */
  readonly maskPath: string;
}

/** Marked regions of an image, as polygons, runs or small bitmaps; the mask is their union. */
export interface MaskShapes {
  /** Width of the image in pixels. Without `width` and `height` the coordinates are fractions of the image's size. */
  readonly width?: number | undefined;
  /** Height of the image in pixels. */
  readonly height?: number | undefined;
  /** Corners of each polygon: x, y, x, y, …; a pixel is marked when its centre lies inside. */
  readonly polygons: readonly (readonly number[])[];
  /** Lengths of unmarked and marked runs in turn, column by column, as COCO has them. */
  readonly runs?: readonly (readonly number[])[] | undefined;
  /** Compressed bitmaps at a place. */
  readonly bitmaps?: readonly MaskBitmap[] | undefined;
}

/** One image of a data set: a file (`imagePath`) or a recipe (`render`). */
export interface Sample {
  /** Unique and stable in its data set, parts separated by `/`: `bottle/test/hole/003`. */
  readonly id: string;
  /** Its class: one of the data set's `classes`, except for test images that belong to none of them. */
  readonly className: string;
  /** Index of `className` in the data set's `classes`; −1 for a test image that belongs to none of them. */
  readonly classIndex: number;
  /** `validation`: images that a data set sets aside; used for neither training nor testing unless a caller asks for them. */
  readonly split: 'train' | 'validation' | 'test';
  /** Whether the image is good. */
  readonly label: 'normal' | 'anomalous';
  /** Kind of defect; absent on normal images. */
  readonly defect?: string | undefined;
  /** The image file. Absent where `render` makes the image. */
  readonly imagePath?: string | undefined;
  /** For an image that is part of the file `imagePath`: its first byte, and the byte after its last. Default: the whole file. */
  readonly byteRange?: readonly [number, number] | undefined;
  /** The mask file, or one file per defect; the mask is then their union. */
  readonly maskPath?: string | readonly string[] | undefined;
  /** Marked regions from a file of annotations; joined with the masks of `maskPath`. */
  readonly shapes?: MaskShapes | undefined;
  /**
   * Where the image is looked at, in place of the region of its class: rings in shares of its width and height, 0 to 1, as
   * `RegionOfInterest` of `@mint/detector`. Default: as its class.
   */
  readonly interest?: readonly (readonly (readonly [x: number, y: number])[])[] | undefined;
  /** Where `imagePath` and `maskPath` are read from. Default: the file system. */
  readonly source?: ImageSource | undefined;
  /** Makes the image, for samples without a file. Equal calls give equal bytes. */
  readonly render?: (() => RenderedSample) | undefined;
}

/** What is known about a published data set. */
export interface DatasetInfo {
  /** The name its authors use. */
  readonly name: string;
  /** Name of the licence, or what is known about it. */
  readonly licence: string;
  /** Authors, title, venue, year. */
  readonly citation: string;
  /** Where to get it. */
  readonly source: string;
  /** Official numbers of images per class. A number that could not be confirmed is left out. */
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
  /** Anomalous test images. */
  readonly testAnomalous?: number;
}

/** Files that were left out, by reason. */
export interface LeftOut {
  /** The reason, as in `files that are not images`. */
  readonly what: string;
  /** Number of files. */
  readonly count: number;
  /** Up to five of them. */
  readonly examples: readonly string[];
}

/** Something wrong with the data that training or its results suffer from. */
export interface Problem {
  /** Stable name; the documentation lists each with its remedy. */
  readonly code: string;
  /** What is wrong and how to put it right. */
  readonly message: string;
  /** Number of images, masks or folders concerned. */
  readonly count: number;
  /** Up to five of them. */
  readonly examples: readonly string[];
  /** Whether images or masks are lost by it. */
  readonly lost?: boolean | undefined;
}

/** How one folder below the root was read. */
export interface FolderReading {
  /** Path below the root. */
  readonly path: string;
  /** As in `class`, `training`, `good`, `anomalous`, `masks`. */
  readonly readAs: string;
  /** Files in it and below it that were read as images or masks. */
  readonly count: number;
}

/** A data set as listed; no image has been opened. */
export interface Dataset {
  /** Name of a known data set, otherwise of the folder or list. */
  readonly name: string;
  /** Class names; `classIndex` of a sample is an index into them. */
  readonly classes: readonly string[];
  /** All images of all splits, by class. */
  readonly samples: readonly Sample[];
  /** Name of the licence of a known data set, or what is known about it. */
  readonly licence?: string | undefined;
  /** Authors, title, venue, year of a known data set. */
  readonly citation?: string | undefined;
  /** Where to get a known data set. */
  readonly source?: string | undefined;
  /** Official numbers of images per class, for a known data set. `warnings` names the differences. */
  readonly official?: DatasetInfo['counts'] | undefined;
  /** How the folder or list was understood, one sentence. */
  readonly layout?: string | undefined;
  /** Paths of mask files that belong to no image. */
  readonly orphanMasks?: readonly string[] | undefined;
  /** Masks of good images; they should mark nothing and are read only to check that. */
  readonly goodMasks?: readonly GoodMask[] | undefined;
  /** Everything that was left out, counted. */
  readonly leftOut?: readonly LeftOut[] | undefined;
  /** What is wrong with the folder or list. {@link checkDataset} adds what is wrong with the files. */
  readonly problems?: readonly Problem[] | undefined;
  /** How the folders were read, parents first. */
  readonly folders?: readonly FolderReading[] | undefined;
  /** Whether no folder says good or anomalous, so that all images of several classes count as good. */
  readonly guessedGood?: boolean | undefined;
  /** What is unusual about the data, one sentence each: a class without test images, a mask without an image. */
  readonly warnings: readonly string[];
}
