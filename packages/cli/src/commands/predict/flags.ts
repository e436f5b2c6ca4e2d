import type { RegionFileFlags } from '../../output/region-files.js';
import type { HistoryFlags } from '../../scoring/recorder.js';
import type { GlobalFlags } from '../../shell/context.js';
import type { DeviceFlags } from '../../shell/flags.js';

/** Values of `--format`. */
export const FORMATS = ['table', 'json', 'csv'] as const;
/** One of {@link FORMATS}. */
type Format = (typeof FORMATS)[number];

/** Flags of `mint predict`. */
export interface PredictFlags extends GlobalFlags, DeviceFlags, RegionFileFlags, HistoryFlags {
  readonly model: string;
  /** Class of all images. Default: the recognised class of each image. */
  readonly class?: string | undefined;
  readonly format: Format;
  /** CSV without formulas. */
  readonly spreadsheet?: boolean | undefined;
  readonly out?: string | undefined;
  /** Folder with regions of interest of single images. */
  readonly roi?: string | undefined;
  readonly batchSize: number;
  /** Side of a pixel of the images in millimetres. */
  readonly mmPerPixel?: number | undefined;
  readonly watch?: boolean | undefined;
  readonly exitCode?: boolean | undefined;
  readonly strict?: boolean | undefined;
}

/** Exit code under `--exit-code` when the decision about an image is neither `ok` nor `review`. */
export const NOT_OK = 3;
/** Exit code under `--exit-code` when some decision is `review` and none is worse. */
export const TO_REVIEW = 4;
