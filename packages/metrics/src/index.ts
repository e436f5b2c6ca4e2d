export { MintError, type MintErrorCode } from '@mint/internal';
export { type AuPimo, type AuPimoOptions, auPimo } from './au-pimo.js';
export { type AuSProOptions, auSPro, type Defect } from './au-spro.js';
export { binomialInterval } from './binomial-interval.js';
export type { ImageSize } from './checks.js';
export { compareModels, type MetricComparisons, type ModelComparison } from './compare-models.js';
export {
  type CurveOptions,
  type PrecisionRecallCurve,
  type ProCurve,
  precisionRecallCurve,
  proCurve,
  type RocCurve,
  rocCurve,
} from './curves.js';
export { type AurocInterval, aurocInterval, type Comparison, compareAuroc, type Interval } from './delong.js';
export {
  type AggregateMetrics,
  type ClassMetrics,
  type EvaluationMetrics,
  type EvaluationOptions,
  evaluateClasses,
  type LabelRegime,
} from './evaluate-classes.js';
export { auroc, averagePrecision, f1Max, imageMetrics } from './image-metrics.js';
export type { ImageResult } from './image-result.js';
export { type Connectivity, labelRegions, type Regions } from './label-regions.js';
export { METRIC_NAMES, type MetricName, type MetricValues } from './metric-values.js';
export { type MinMaxThresholdMetrics, minMaxThresholdMetrics } from './min-max-thresholds.js';
export {
  type AuProOptions,
  auPro,
  iouMax,
  type PixelMetrics,
  pixelMetrics,
  type RegionOptions,
} from './pixel-metrics.js';
export {
  type BoundedValue,
  PixelMetricsStream,
  type PixelStreamOptions,
  type StreamedPixelMetrics,
} from './pixel-stream.js';
export type { ImageMetrics, MaximumAt } from './ranking.js';
export type { ResampleOptions } from './resample.js';
