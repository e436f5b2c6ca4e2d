export { MintError, type MintErrorCode } from '@mint/internal';
export {
  type ClassOutcome,
  type Manifest,
  type Outcomes,
  type PictureLayers,
  type PicturePanels,
  picturePanels,
  type ReportPicture,
  worstPictures,
} from './deprecated.js';
export { htmlReport } from './html/html-report.js';
export type { ReportData, ReportImage, TrainingPoint } from './html/report-data.js';
export type { ClassDecisions, Decisions } from './html/tables.js';
export { worstImages } from './html/worst-images.js';
export { metricsTable, type Protocol } from './metrics-table.js';
export type { RgbImage } from './overlay/canvas.js';
export { type Colour, heatColour } from './overlay/colour-map.js';
export { maskPng } from './overlay/mask.js';
export {
  heatOpacity,
  type Outline,
  type OverlayItem,
  type OverlayOptions,
  overlayPng,
  overlaySheet,
} from './overlay/overlay.js';
export { type ImagePanels, imagePanels } from './overlay/panels.js';
export { type ImageLayers, shrinkLayers } from './overlay/shrink.js';
