export { MintError, type MintErrorCode } from '@mint/internal';
export type { RgbImage } from './canvas.js';
export { type Colour, heatColour } from './colour-map.js';
export type { ClassOutcome, Outcomes } from './html/tables.js';
export {
  htmlReport,
  type ReportData,
  type ReportImage,
  type TrainingPoint,
  worstImages,
} from './html-report.js';
export { type Manifest, metricsTable } from './metrics-table.js';
export { type OverlayItem, type OverlayOptions, overlayPng, overlaySheet } from './overlay.js';
export { type ImagePanels, imagePanels } from './panels.js';
export { type ImageLayers, shrinkLayers } from './shrink.js';
