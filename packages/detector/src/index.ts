export { createDropout, createNoise } from '@mint/transformer';
export type { AddedClass } from './added-class/added-class.js';
export {
  type DetectorConfig,
  type InputConfig,
  type NetworkConfig,
  PAPER_CONFIG,
  type PaperConfig,
  type QueryConfig,
} from './config.js';
export type { CreateOptions } from './create.js';
export { type PictureSets, strangeness } from './deprecated.js';
export { MintDetector } from './detector.js';
export { extractFeatures, type FeatureStats, FeatureStatsBuilder, toTokens } from './features.js';
export { halfBackbone } from './half-backbone.js';
export { type ComputedFeatures, computeFeatures } from './inference/compute-features.js';
export { framed } from './inference/framed.js';
export { type PredictBatchOptions, type PreparedFeatures, predictBatch } from './inference/predict-batch.js';
export {
  type PredictedImage,
  type PredictOptions,
  type PreparedPrediction,
  predictImage,
  predictPrepared,
} from './inference/predict-image.js';
export { preprocessingOf } from './inference/preprocessing.js';
export { planTilesOf, type TileLimits } from './inference/tile-memory.js';
export {
  type Interests,
  interestFromMask,
  interestMask,
  type RegionOfInterest,
} from './interest/interest.js';
export { isSameLook, type Look, type Looking, lookedAt, lookOf } from './interest/look.js';
export { type TokenRegion, tokenRegion } from './interest/outside.js';
export { forward, MODEL_NAMES, modelKind, networkSpecs } from './kinds/kinds.js';
export { REMEMBERED } from './kinds/memory.js';
export type { ForwardOptions, ForwardResult, ModelKind } from './kinds/model-kind.js';
export {
  type Calibration,
  type CalibrationChange,
  type CalibrationJson,
  calibrationToJson,
  rateWithLeftOut,
  type ThresholdJson,
} from './limits/calibration.js';
export { conformalPValue, conformalRank, conformalThreshold, smallestAlpha } from './limits/conformal.js';
export { type Decidable, type Decision, decide, markLimit } from './limits/decide.js';
export { brightnessOf, createDriftMonitor, type Drift, type DriftOptions } from './limits/drift.js';
export { type ImageSets, setOf, shortHash } from './limits/image-sets.js';
export { type ClassStats, ClassStatsBuilder, oodScore } from './limits/ood-score.js';
export { leastArea, ruledScore, type SizeRule } from './limits/size-rule.js';
export { type NormalScores, type Threshold, thresholdsAt } from './limits/thresholds.js';
export { imageScore, tokenMap, upsample } from './maps/anomaly-map.js';
export { randomDirections } from './maps/directions.js';
export { type PlaceTensors, placeMap, uploadPlaces } from './maps/place-map.js';
export { type ClassMoments, PlaceMoments } from './maps/place-moments.js';
export {
  classTriangles,
  PLACE_DIRECTIONS,
  type PlaceShrinkage,
  type PlaceWhitening,
  placeWhitening,
  SCALE_DIRECTIONS,
} from './maps/place-whitening.js';
export { scalePlaces, withCoarser } from './maps/scales.js';
export { whiteningMatrix } from './maps/whitening.js';
export type { FromUrlOptions } from './model-folder/url.js';
export { updateDescription, writeDescription } from './model-folder/write.js';
export type { GivenClass, Prediction, Residuals, ScoredBatch } from './prediction.js';
export { readProbe, writeProbe } from './probe/folder-probe.js';
export { type Probe, type Scorer, selfTest } from './probe/probe.js';
export { regionMask } from './regions/region-mask.js';
export { type Region, type RegionOptions, regions } from './regions/regions.js';
export type { Point, Ring } from './regions/ring.js';
export { sizedPeak } from './regions/sized-peak.js';
export type { DetectorState, Provenance } from './state.js';
