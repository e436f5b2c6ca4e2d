export { MintError, type MintErrorCode } from '@mint/internal';
export type { ImageSize } from './checks.js';
export {
  type CurveOptions,
  type PrecisionRecallCurve,
  type ProCurve,
  precisionRecallCurve,
  proCurve,
  type RocCurve,
  rocCurve,
} from './curves.js';
export type { PictureResult } from './deprecated.js';
export { compareModels, type MetricComparisons, type ModelComparison } from './evaluation/compare-models.js';
export {
  type AggregateMetrics,
  type ClassMetrics,
  type EvaluationMetrics,
  type EvaluationOptions,
  evaluateClasses,
  type LabelRegime,
} from './evaluation/evaluate-classes.js';
export type { ImageResult } from './evaluation/image-result.js';
export { METRIC_NAMES, type MetricName, type MetricValues } from './evaluation/metric-registry.js';
export { meanOfMetrics, streamedValues } from './evaluation/metric-values.js';
export type { ResampleOptions } from './evaluation/resample.js';
export { type AuPimo, type AuPimoOptions, auPimo } from './pixels/au-pimo.js';
export { type AuSProOptions, auSPro, type Defect } from './pixels/au-spro.js';
export { type Connectivity, labelRegions, type Regions } from './pixels/label-regions.js';
export {
  type AuProOptions,
  auPro,
  iouMax,
  type PixelMetrics,
  pixelMetrics,
} from './pixels/pixel-metrics.js';
export {
  type BoundedValue,
  PixelMetricsStream,
  type PixelStreamOptions,
  type StreamedPixelMetrics,
} from './pixels/pixel-stream.js';
export type { RegionOptions } from './pixels/rank-pixels.js';
export { auroc, averagePrecision, f1Max, imageMetrics } from './scores/image-metrics.js';
export { type MinMaxThresholdMetrics, minMaxThresholdMetrics } from './scores/min-max-thresholds.js';
export type { ImageMetrics, MaximumAt } from './scores/ranking.js';
export { binomialInterval } from './statistics/binomial-interval.js';
export {
  type AurocInterval,
  aurocInterval,
  type Comparison,
  compareAuroc,
  type Interval,
} from './statistics/delong.js';
