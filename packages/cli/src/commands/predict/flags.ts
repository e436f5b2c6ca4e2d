import type { GlobalFlags } from '../../shell/context.js';
import type { DeviceFlags } from '../../shell/flags.js';

/** Values of `--format`. */
export const FORMATS = ['table', 'json', 'csv'] as const;
/** One of {@link FORMATS}. */
export type Format = (typeof FORMATS)[number];

/** Flags of `mint predict`. */
export interface PredictFlags extends GlobalFlags, DeviceFlags {
  readonly model: string;
  /** Class of all images. Default: the recognised class of each image. */
  readonly class?: string | undefined;
  readonly format: Format;
  readonly out?: string | undefined;
  readonly batchSize: number;
  readonly watch?: boolean | undefined;
  readonly exitCode?: boolean | undefined;
  readonly strict?: boolean | undefined;
}

/** Exit code under `--exit-code` when the decision about an image is not `ok`. */
export const NOT_OK = 3;
