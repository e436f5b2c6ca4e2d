export { lockFolder } from '@mint/internal/node';
export { assertUnseen, type NamedImage } from './calibration/assert-unseen.js';
export {
  ALPHA,
  calibrate,
  calibrationOf,
  type MapRules,
  type ScoredNormals,
  type ScoreNormalsOptions,
  scoreNormals,
} from './calibration/calibrate.js';
export { joinCalibrations, mergeScores } from './calibration/merge.js';
export { type RecalibrateOptions, type Recalibration, recalibrate } from './calibration/recalibrate.js';
export { augmentationText } from './config/augmentation-text.js';
export { PRESETS, type Preset, type PresetName } from './config/presets.js';
export { learningRate, oneCycle, type Schedule, stepDecay, warmupCosine } from './config/schedule.js';
export { parseSettings, readJsonc, settings } from './config/settings.js';
export {
  parseTrainConfig,
  type TrainConfig,
  trainConfigSchema,
  type ValidationConfig,
} from './config/train-config.js';
export {
  EVALUATION_PROTOCOLS,
  type EvaluationProtocol,
  type EvaluationProtocolName,
  type Judged,
  type PredictedImage,
  type PredictedPicture,
  planTilesOf,
  predictBatch,
  predictImage,
  predictPicture,
  preprocessingOf,
  type ScoredPicture,
} from './deprecated.js';
export {
  type ClassDecisions,
  type DecisionInput,
  type Decisions,
  decisionsOf,
} from './evaluation/decisions.js';
export {
  type EvaluateOptions,
  evaluate,
  type MetricsFile,
} from './evaluation/evaluate.js';
export type { EvaluationConditions, Protocol } from './evaluation/protocol.js';
export {
  PROTOCOLS,
  type ProtocolName,
  type ProtocolSettings,
} from './evaluation/protocols.js';
export { recordTestImages } from './evaluation/record-test-images.js';
export type { ScoredImage } from './evaluation/scored-image.js';
export {
  type CacheEntry,
  type CacheState,
  type DamagedFile,
  listCache,
  type Pruned,
  pruneCache,
  verifyCache,
} from './features/cache-folder.js';
export type { CachedSample } from './features/cached-features.js';
export {
  cacheFeatures,
  type ExtractOptions,
  type FeatureBatch,
  featureBatches,
  type VariantOptions,
} from './features/feature-batches.js';
export { type CachedFeatures, FeatureCache, type FeatureCacheOptions } from './features/feature-cache.js';
export { featureCacheOf } from './features/feature-cache-of.js';
export { inputSideFor } from './features/input-side.js';
export { joinBackbones } from './features/join-backbones.js';
export {
  type BackboneOrigin,
  inputFor,
  type LoadedBackbone,
  loadBackbone,
  multiScale,
} from './features/load-backbone.js';
export type { Augmentation } from './features/network-inputs.js';
export { type OutsideOptions, outsideFeatures } from './interest/outside-features.js';
export { outsidePixels } from './interest/outside-pixels.js';
export { type ProposedRegion, proposeRegions } from './interest/propose-regions.js';
export type { JobHooks, Stage } from './logging/job-hooks.js';
export { consoleLogger, jsonlLogger } from './logging/loggers.js';
export { tensorboardLogger } from './logging/tensorboard.js';
export type {
  EpochEvent,
  EvaluateEvent,
  EveryTrainHook,
  StepEvent,
  TrainHooks,
} from './logging/train-events.js';
export {
  type AddClassOptions,
  type AddClassResult,
  addClass,
  assertExtendable,
  FIT_CLASS,
} from './new-class/add-class.js';
export { comparePredictions, type PredictionChanges } from './new-class/compare-predictions.js';
export { type ExtendedDetector, type ExtendOptions, extendDetector } from './new-class/extend-detector.js';
export { type FitConfig, fitEmbedding } from './new-class/fit-embedding.js';
export { assertFreeSpace, type SpaceNeed } from './run-folder/disk-space.js';
export { assertNewRun, hasCheckpoints } from './run-folder/run-folder.js';
export type { Suspect } from './suspects/suspect.js';
export { type AdamWOptions, adamwStep, globalNorm, type Moments, zeroMoments } from './training/adamw.js';
export { type FeatureStage, featureStages, type GoodImages } from './training/feature-stages.js';
export { train } from './training/train.js';
export { type TrainedDetector, trainDetector } from './training/train-detector.js';
export type { TrainOptions, TrainResult } from './training/train-options.js';
export { type TrainingHooks, type TrainingJob, TrainingStopped } from './training/training-job.js';
export { residualWhitening, whiten } from './whitening/whiten.js';
export { type WhiteningByPlaceOptions, whiteningByPlace } from './whitening/whiten-by-place.js';
