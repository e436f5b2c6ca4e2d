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
  /** Index of `className` in the data set's `classes`. */
  readonly classIndex: number;
  readonly split: 'train' | 'test';
  readonly label: 'normal' | 'anomalous';
  /** Kind of defect; absent on normal pictures. */
  readonly defect?: string;
  readonly imagePath?: string;
  readonly maskPath?: string;
  /** Makes the picture, for samples without a file. Equal calls give equal bytes. */
  readonly render?: () => RenderedSample;
}

export interface Dataset {
  readonly name: string;
  readonly classes: readonly string[];
  readonly samples: readonly Sample[];
  readonly licence?: string;
  readonly source?: string;
  /** What is unusual about the data, one sentence each: a class without test pictures, a mask without picture. */
  readonly warnings: readonly string[];
}
