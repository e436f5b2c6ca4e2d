/** Metrics that are not defined are absent, never 0, 0.5 or NaN. All lie in [0, 1]. */
export interface MetricValues {
  readonly imageAuroc?: number;
  readonly imageAp?: number;
  readonly imageF1Max?: number;
  readonly pixelAuroc?: number;
  readonly pixelAp?: number;
  readonly pixelF1Max?: number;
  readonly pixelIouMax?: number;
  /** Up to a false-positive rate of 0.3, 8-connected regions. */
  readonly auPro?: number;
  /** Mean over anomalous pictures, false-positive rates from 1e-5 to 1e-4. */
  readonly auPimo?: number;
}

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
