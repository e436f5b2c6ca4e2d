/** Metrics that are not defined are absent, never 0, 0.5 or NaN. All lie in [0, 1]. */
export interface MetricValues {
  /** AUROC of image scores: {@link auroc}. */
  readonly imageAuroc?: number;
  /** Average precision of image scores: {@link averagePrecision}. */
  readonly imageAp?: number;
  /** Largest F1 of image scores: {@link f1Max}. */
  readonly imageF1Max?: number;
  /** AUROC of all pixels pooled. */
  readonly pixelAuroc?: number;
  /** Average precision of all pixels pooled. */
  readonly pixelAp?: number;
  /** Largest F1 of all pixels pooled. */
  readonly pixelF1Max?: number;
  /** Largest intersection over union of all pixels pooled: {@link iouMax}. */
  readonly pixelIouMax?: number;
  /** {@link auPro} up to a false-positive rate of 0.3, 8-connected regions. */
  readonly auPro?: number;
  /** {@link auPimo}, its mean over anomalous images, false-positive rates from 1e-5 to 1e-4. */
  readonly auPimo?: number;
}

/** Name of a metric of {@link evaluateClasses}. */
export type MetricName = keyof MetricValues;

/** Names of all metrics, in the order of tables. */
export const METRIC_NAMES = [
  'imageAuroc',
  'imageAp',
  'imageF1Max',
  'pixelAuroc',
  'pixelAp',
  'pixelF1Max',
  'pixelIouMax',
  'auPro',
  'auPimo',
] as const satisfies readonly MetricName[];

/** Mean of each metric over the entries that have it. */
export function meanOf(classes: readonly MetricValues[]): MetricValues {
  return Object.fromEntries(
    METRIC_NAMES.flatMap((name) => {
      const values = classes.flatMap((metrics) => metrics[name] ?? []);
      return values.length === 0
        ? []
        : [[name, values.reduce((sum, value) => sum + value, 0) / values.length]];
    }),
  );
}
