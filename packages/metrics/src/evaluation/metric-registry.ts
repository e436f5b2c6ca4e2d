import { AU_PIMO } from './au-pimo-metric.js';
import { type MetricDefinition, ofImages, ofPixels } from './metric.js';

/** All metrics of {@link evaluateClasses}, in the order of tables. A new one is its file and a line here. */
export const METRICS = {
  /** AUROC of image scores: {@link auroc}. */
  imageAuroc: ofImages('auroc'),
  /** Average precision of image scores: {@link averagePrecision}. */
  imageAp: ofImages('ap'),
  /** Largest F1 of image scores: {@link f1Max}. */
  imageF1Max: ofImages('f1Max'),
  /** AUROC of all pixels pooled. */
  pixelAuroc: ofPixels('auroc'),
  /** Average precision of all pixels pooled. */
  pixelAp: ofPixels('ap'),
  /** Largest F1 of all pixels pooled. */
  pixelF1Max: ofPixels('f1Max'),
  /** Largest intersection over union of all pixels pooled: {@link iouMax}. */
  pixelIouMax: ofPixels('iouMax'),
  /** {@link auPro} up to a false-positive rate of 0.3, 8-connected regions. */
  auPro: ofPixels('auPro'),
  /** {@link auPimo}, its mean over anomalous images, false-positive rates from 1e-5 to 1e-4. */
  auPimo: AU_PIMO,
} satisfies Record<string, MetricDefinition>;

/** Name of a metric of {@link evaluateClasses}. */
export type MetricName = keyof typeof METRICS;

/** Metrics that are not defined are absent, never 0, 0.5 or NaN. All lie in [0, 1]. */
export type MetricValues = { readonly [Name in keyof typeof METRICS]?: number | undefined };

/** Names of all metrics, in the order of tables. */
export const METRIC_NAMES = Object.keys(METRICS) as readonly MetricName[];
