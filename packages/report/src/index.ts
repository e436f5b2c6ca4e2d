export { MintError, type MintErrorCode } from '@mint/internal';
export type { RgbImage } from './canvas.js';
export { type Colour, heatColour } from './colour-map.js';
export { htmlReport, type ReportData, type ReportPicture, worstPictures } from './html-report.js';
export { metricsTable } from './metrics-table.js';
export { type OverlayItem, type OverlayOptions, overlayPng, overlaySheet } from './overlay.js';
