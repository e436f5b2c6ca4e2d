import type { ImageResult } from './evaluation/image-result.js';

/** @deprecated Use {@link ImageResult}. */
export type PictureResult = ImageResult;
