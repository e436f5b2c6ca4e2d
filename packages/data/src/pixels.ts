/** What @mint/data does with pixels, without Node and sharp: for browsers. */
export { decodeInBrowser } from './decode-in-browser.js';
export { decodeJpegDraft } from './jpeg-draft.js';
export { type PreparedImage, prepareImage, tileInput } from './prepare.js';
export {
  describePreprocessing,
  draftDenominator,
  type Preprocessing,
  preprocessImage,
  preprocessMask,
} from './preprocess.js';
export { type ResizeFilter, resizeImage, resizeMask } from './resize.js';
export {
  autoTiles,
  createTileMerger,
  cutTile,
  cutTileMask,
  mergeTiles,
  type Tile,
  type TileGrid,
  type TileMerger,
  tileGrid,
} from './tiles.js';
export type { Mask, RenderedSample, RgbImage, Size } from './types.js';
