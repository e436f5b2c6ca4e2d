export { MintError, type MintErrorCode } from '@mint/internal';
export { decodeInBrowser } from './decode/in-browser.js';
export { decodeJpegDraft } from './decode/jpeg-draft.js';
export { fillRings } from './fill-rings.js';
export { type PreparedImage, prepareImage, tileInput } from './prepare.js';
export {
  assertPreprocessing,
  describePreprocessing,
  draftDenominator,
  type MapFrame,
  mapFrame,
  type Preprocessing,
  preprocessImage,
  preprocessMask,
} from './preprocess.js';
export { resizeMap } from './resize/map.js';
export { resizeImage, resizeMask } from './resize/resize.js';
export type { ResizeFilter } from './resize/taps.js';
export {
  autoTiles,
  cutTile,
  cutTileMask,
  type Tile,
  type TileGrid,
  type TileOptions,
  tileGrid,
} from './tiles/grid.js';
export { createTileMerger, mergeTiles, type TileMerger, tileWeights } from './tiles/merge.js';
export { planTiles, type TilePlan } from './tiles/plan.js';
export type { Mask, RenderedSample, RgbImage, Size } from './types.js';
