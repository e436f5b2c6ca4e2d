import type { ReportImage } from './html/report-data.js';
import type { ClassDecisions, Decisions } from './html/tables.js';
import { worstImages } from './html/worst-images.js';
import type { Protocol } from './metrics-table.js';
import { type ImagePanels, imagePanels } from './overlay/panels.js';
import type { ImageLayers } from './overlay/shrink.js';

/** @deprecated Use {@link ClassDecisions}. */
export type ClassOutcome = ClassDecisions;

/** @deprecated Use {@link Decisions}. */
export type Outcomes = Decisions;

/** @deprecated Use {@link Protocol}. */
export type Manifest = Protocol;

/** @deprecated Use {@link ReportImage}. */
export type ReportPicture = ReportImage;

/** @deprecated Use {@link worstImages}. */
export const worstPictures = worstImages;

/** @deprecated Use {@link ImagePanels}. */
export type PicturePanels = ImagePanels;

/** @deprecated Use {@link imagePanels}. */
export const picturePanels = imagePanels;

/** @deprecated Use {@link ImageLayers}. */
export type PictureLayers = ImageLayers;
