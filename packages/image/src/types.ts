/** Width and height in pixels. */
export interface Size {
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
}

/** 8-bit image, channels R, G, B, sRGB. */
export interface RgbImage extends Size {
  /** `[height, width, 3]` row-major, 0 to 255. */
  readonly data: Uint8Array;
}

/** Defect mask. */
export interface Mask extends Size {
  /** `[height, width]` row-major, 1 where the image is anomalous, else 0. */
  readonly data: Uint8Array;
}

/** An image with its mask, at its own size. */
export interface RenderedSample {
  /** The image at its own size. */
  readonly image: RgbImage;
  /** As large as the image; absent on images without a mask. */
  readonly mask?: Mask | undefined;
}
