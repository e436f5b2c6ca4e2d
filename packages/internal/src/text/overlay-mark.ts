/** The `Software` text of overlays, so that they are never read as images of a product. */
export const OVERLAY_MARK = 'MINT overlay';
