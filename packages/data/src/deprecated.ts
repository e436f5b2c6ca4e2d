import { type PreparedImage, prepareImage } from '@mint/image';

/** @deprecated Use {@link PreparedImage}. */
export type PreparedPicture = PreparedImage;
/** @deprecated Use {@link prepareImage}. */
export const preparePicture = prepareImage;
