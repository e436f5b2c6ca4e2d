export { MintError, type MintErrorCode } from '@mint/internal';
export type { RgbImage } from './canvas.js';
export { type Colour, heatColour } from './colour-map.js';
export type { ClassOutcome, Outcomes } from './html/tables.js';
export {
  htmlReport,
  type ReportData,
  type ReportPicture,
  type TrainingPoint,
  worstPictures,
} from './html-report.js';
export { type Manifest, metricsTable } from './metrics-table.js';
export { type OverlayItem, type OverlayOptions, overlayPng, overlaySheet } from './overlay.js';
export { type PicturePanels, picturePanels } from './panels.js';
export { type PictureLayers, shrinkLayers } from './shrink.js';
