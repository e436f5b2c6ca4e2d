export { type AdamWOptions, adamwStep, globalNorm, type Moments, zeroMoments } from './adamw.js';
export {
  type AddClassOptions,
  type AddClassResult,
  addClass,
  assertExtendable,
  FIT_CLASS,
} from './add-class.js';
export {
  type CacheEntry,
  type CacheState,
  type DamagedFile,
  listCache,
  type Pruned,
  pruneCache,
  verifyCache,
} from './cache-folder.js';
export { ALPHA, calibrate, calibrationOf, type ScoredNormals, scoreNormals } from './calibrate.js';
export { assertUnseen, type NamedImage } from './calibration/assert-unseen.js';
export { joinCalibrations, mergeScores } from './calibration/merge.js';
export { type RecalibrateOptions, type Recalibration, recalibrate } from './calibration/recalibrate.js';
export { comparePredictions, type PredictionChanges } from './compare-predictions.js';
export { type ClassDecisions, type Decisions, decisionsOf, type Judged } from './decisions.js';
export { assertFreeSpace, type SpaceNeed } from './disk-space.js';
export {
  type EvaluateOptions,
  evaluate,
  type MetricsFile,
  type ScoredImage,
} from './evaluate.js';
export { recordTestImages } from './evaluation/record-test-images.js';
export {
  EVALUATION_PROTOCOLS,
  type EvaluationProtocol,
  type EvaluationProtocolName,
} from './evaluation-protocol.js';
export { type CachedFeatures, FeatureCache, type FeatureCacheOptions } from './feature-cache.js';
export { type LoadedBackbone, loadBackbone } from './features/load-backbone.js';
export {
  type CachedSample,
  cacheFeatures,
  type ExtractOptions,
  type FeatureBatch,
  featureBatches,
  featureCacheOf,
  preprocessingOf,
  type VariantOptions,
} from './features.js';
export { type FitConfig, fitEmbedding } from './fit-embedding.js';
export { lockFolder } from './folder-lock.js';
export type { JobHooks, Stage } from './job-hooks.js';
export { consoleLogger, jsonlLogger } from './loggers.js';
export type { Protocol } from './manifest.js';
export type { Augmentation } from './network-inputs.js';
export { type ExtendedDetector, type ExtendOptions, extendDetector } from './new-class/extend-detector.js';
export { type PredictedImage, predictBatch, predictImage } from './predict-image.js';
export { PRESETS, type Preset, type PresetName } from './presets.js';
export { learningRate, oneCycle, type Schedule, stepDecay, warmupCosine } from './schedule.js';
export { parseSettings, readJsonc, settings } from './settings.js';
export { tensorboardLogger } from './tensorboard.js';
export { planTilesOf } from './tile-memory.js';
export { type TrainOptions, type TrainResult, train } from './train.js';
export {
  parseTrainConfig,
  type TrainConfig,
  trainConfigSchema,
  type ValidationConfig,
} from './train-config.js';
export type { EpochEvent, EvaluateEvent, EveryTrainHook, StepEvent, TrainHooks } from './train-events.js';
export { augmentationText } from './training/augmentation-text.js';
export { type GoodImages, type TrainedDetector, trainDetector } from './training/train-detector.js';
export { type TrainingHooks, type TrainingJob, TrainingStopped } from './training/training-job.js';
export { residualWhitening, whiten } from './whiten.js';
