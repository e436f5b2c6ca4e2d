import {
  type GivenClass,
  type MintDetector,
  type PredictedImage as Predicted,
  type PreparedFeatures,
  planTilesOf as planTiles,
  predictBatch as predictFeatures,
  predictImage as predictOne,
  preprocessingOf as preprocessing,
} from '@mint/detector';
import type { RgbImage, TileGrid } from '@mint/image';
import type { DecisionInput } from './evaluation/decisions.js';
import { PROTOCOLS, type ProtocolName, type ProtocolSettings } from './evaluation/protocols.js';
import type { ScoredImage } from './evaluation/scored-image.js';

/** @deprecated Use {@link PROTOCOLS}. */
export const EVALUATION_PROTOCOLS = PROTOCOLS;
/** @deprecated Use {@link ProtocolSettings}. */
export type EvaluationProtocol = ProtocolSettings;
/** @deprecated Use {@link ProtocolName}. */
export type EvaluationProtocolName = ProtocolName;
/** @deprecated Use {@link DecisionInput}. */
export type Judged = DecisionInput;
/** @deprecated Use `PredictedImage` of `@mint/detector`. */
export type PredictedImage = Predicted;
/** @deprecated Use `PredictedImage` of `@mint/detector`. */
export type PredictedPicture = PredictedImage;
/** @deprecated Use `planTilesOf` of `@mint/detector`, which takes `limit` as an option. */
export const planTilesOf = (detector: MintDetector, grid: TileGrid, limit?: number) =>
  planTiles(detector, grid, { limit });
/** @deprecated Use `predictBatch` of `@mint/detector`, which takes `limit` as an option. */
export const predictBatch = (
  detector: MintDetector,
  batch: PreparedFeatures,
  given?: GivenClass,
  limit?: number,
) => predictFeatures(detector, batch, given, { limit });
/** @deprecated Use `predictImage` of `@mint/detector`, which takes `given` first and `limit` as an option. */
export const predictImage = (detector: MintDetector, image: RgbImage, limit?: number, given?: string) =>
  predictOne(detector, image, given, { limit });
/** @deprecated Use `preprocessingOf` of `@mint/detector`. */
export const preprocessingOf = preprocessing;
/** @deprecated Use `predictImage` of `@mint/detector`. */
export const predictPicture = predictImage;
/** @deprecated Use {@link ScoredImage}. */
export type ScoredPicture = ScoredImage;
