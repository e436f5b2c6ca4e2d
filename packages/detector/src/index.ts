export { createDropout, createNoise } from '@mint/transformer';
export type { AddedClass } from './added-classes.js';
export { imageScore, tokenMap, upsample } from './anomaly-map.js';
export { type ClassStats, ClassStatsBuilder, oodScore } from './class-stats.js';
export {
  type DetectorConfig,
  type InputConfig,
  type NetworkConfig,
  PAPER_CONFIG,
  type PaperConfig,
  type QueryConfig,
} from './config.js';
export { conformalPValue, conformalRank, conformalThreshold, smallestAlpha } from './conformal.js';
export { type Decision, decide } from './decide.js';
export {
  type CreateOptions,
  type GivenClass,
  MintDetector,
  type Prediction,
  type Residuals,
  type ScoredBatch,
} from './detector.js';
export { brightnessOf, createDriftMonitor, type Drift, type DriftOptions } from './drift.js';
export { extractFeatures, type FeatureStats, FeatureStatsBuilder, toTokens } from './features.js';
export { type ImageSets, setOf, shortHash } from './image-sets.js';
export type { DetectorState } from './model-file.js';
export {
  type Calibration,
  type CalibrationChange,
  type CalibrationJson,
  calibrationToJson,
  type Provenance,
  type ThresholdJson,
} from './model-json.js';
export type { FromUrlOptions } from './model-url.js';
export { type ForwardOptions, type ForwardResult, forward, networkSpecs } from './network.js';
export { type NormalScores, type Threshold, thresholdsAt } from './thresholds.js';
export { whiteningMatrix } from './whitening.js';
