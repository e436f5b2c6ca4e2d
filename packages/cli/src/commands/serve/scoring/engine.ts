import type { PreparedImage } from '@mint/data';
import type { MintErrorCode } from '@mint/internal';
import type { ClassLimits, DriftState } from '@mint/station-page';
import type { Picture } from '../../../output/picture.js';
import type { ImageDecision } from '../../../scoring/decisions.js';
import type { Measured } from '../../../scoring/measured.js';
import type { ModelId } from '../../../scoring/model-id.js';

/** A file of a request. */
export interface Upload {
  readonly name: string;
  /** Given away: {@link Engine.read} may move it to another thread. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A file that was read. */
export interface ReadImage {
  readonly image: PreparedImage;
  /** SHA-256 of the file, for the log. */
  readonly hash: string;
}

/** What a request wants to know about an image. */
export interface Question {
  /** The image's class, where it is known. */
  readonly className?: string | undefined;
  readonly heatmap: boolean;
}

/** An image to be scored. */
export interface ScoreTask extends Question {
  readonly name: string;
  /** Given away as {@link Upload.bytes}. */
  readonly image: PreparedImage;
}

/** What is found out about an image. */
export interface ScoredImage {
  readonly decision: ImageDecision;
  /** PNG. */
  readonly heatmap?: Uint8Array | undefined;
  /** For people to look at. */
  readonly picture: Picture;
  /** For limits that are set later. */
  readonly measured: Measured;
}

/** What becomes of an image: errors concern it alone. */
export type Outcome =
  | ScoredImage
  | { readonly code: MintErrorCode; readonly message: string }
  | { readonly notFinite: true };

/** What the server needs to know about its model. */
export interface ModelFacts {
  /** Which one it is, as it was loaded. */
  readonly id: ModelId;
  readonly classes: readonly string[];
  /** Whether it can draw heat maps: they need the scale that a calibration gives. */
  readonly heatmaps: boolean;
  /** Whether large images are kept at their own size, in tiles. */
  readonly tiles: boolean;
}

/** The limits in force, and what is known of drift. */
export interface EngineState {
  /** Share of good images that may raise an alarm; absent without calibration. */
  readonly alpha?: number | undefined;
  readonly limits: readonly ClassLimits[];
  readonly drift: readonly DriftState[];
}

/** A limit that a person sets. */
export interface NewLimit {
  readonly class: string;
  /** Scores above it raise an alarm. Undefined: the calibrated limit again. */
  readonly limit: number | undefined;
}

/** What computes: in threads for `mint serve`, in the calling thread for tests. */
export interface Engine {
  readonly model: ModelFacts;
  /** Decodes and prepares an image. @throws MintError about it. */
  readonly read: (upload: Upload) => Promise<ReadImage>;
  /** One outcome per image, in order. @throws Error when the batch cannot be computed. */
  readonly score: (tasks: readonly ScoreTask[]) => Promise<Outcome[]>;
  /** Scores the model's probe image. @throws MintError `COMPUTE_FAILED` when the score is not what it should be. */
  readonly selfTest: () => Promise<void>;
  /** Which model it is now: a new limit changes its hash. */
  readonly identify: () => Promise<ModelId>;
  readonly state: () => Promise<EngineState>;
  /**
   * Writes a limit to the model folder; images that are scored after that are decided by it.
   *
   * @throws MintError `INVALID_ARGUMENT` about the class or the limit; as `updateDescription`.
   */
  readonly setLimit: (limit: NewLimit) => Promise<EngineState>;
  readonly close: () => Promise<void>;
}
