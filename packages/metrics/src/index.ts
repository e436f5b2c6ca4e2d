export { MintError, type MintErrorCode } from '@mint/internal';
export { binomialInterval } from './binomial-interval.js';
export type { ImageSize } from './checks.js';
export {
  type ClassMetrics,
  type EvaluationMetrics,
  evaluateClasses,
  type MetricValues,
  type PictureResult,
} from './evaluate-classes.js';
export { auroc, averagePrecision, f1Max, imageMetrics } from './image-metrics.js';
export { type Connectivity, labelRegions } from './label-regions.js';
export { type AuProOptions, auPro, type PixelMetrics, pixelMetrics } from './pixel-metrics.js';
export type { ImageMetrics } from './ranking.js';
