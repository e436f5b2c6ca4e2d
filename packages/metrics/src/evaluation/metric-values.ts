import type { StreamedPixelMetrics } from '../pixels/pixel-stream.js';
import type { ImageMetrics } from '../scores/ranking.js';
import type { DrawnPixels, MetricDefinition, StackedPixels } from './metric.js';
import { METRIC_NAMES, METRICS, type MetricName, type MetricValues } from './metric-registry.js';

/** A record of every metric; one without a value is absent. */
export function eachMetric<T>(compute: (name: MetricName) => T | undefined): Partial<Record<MetricName, T>> {
  return Object.fromEntries(
    METRIC_NAMES.flatMap((name) => {
      const value = compute(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

const definition = (name: MetricName): MetricDefinition => METRICS[name];

/** Values of the image metrics. */
export const imageValues = (metrics: ImageMetrics): MetricValues =>
  eachMetric((name) => {
    const metric = definition(name);
    return metric.of === 'images' ? metric.value(metrics) : undefined;
  });

/** Exact values of the pixel metrics. */
export const stackedValues = (pixels: StackedPixels): MetricValues =>
  eachMetric((name) => {
    const metric = definition(name);
    return metric.of === 'pixels' ? metric.exact(pixels) : undefined;
  });

/** Values of the pixel metrics for a draw of images. */
export const drawnValues = (pixels: DrawnPixels): MetricValues =>
  eachMetric((name) => {
    const metric = definition(name);
    return metric.of === 'pixels' ? metric.drawn(pixels) : undefined;
  });

/**
 * The metrics that {@link PixelMetricsStream} has, by the names that {@link evaluateClasses} gives them.
 *
 * @example
 * ```ts
 * import { PixelMetricsStream, streamedValues } from '@mint/metrics';
 *
 * const stream = new PixelMetricsStream({ width: 2, height: 2 });
 * stream.update(Float32Array.of(0.1, 0.2, 0.9, 0.3), [0, 0, 1, 1]);
 * console.log(streamedValues(stream.compute()).pixelAuroc); // 1
 * ```
 */
export const streamedValues = (stream: StreamedPixelMetrics): MetricValues =>
  eachMetric((name) => {
    const metric = definition(name);
    return metric.of === 'pixels' ? metric.streamed?.(stream).value : undefined;
  });

/**
 * The mean of each metric over the entries that have it.
 *
 * @example
 * ```ts
 * import { meanOfMetrics } from '@mint/metrics';
 *
 * console.log(meanOfMetrics([{ imageAuroc: 0.5, auPro: 0.25 }, { imageAuroc: 1 }])); // { imageAuroc: 0.75, auPro: 0.25 }
 * ```
 */
export const meanOfMetrics = (classes: readonly MetricValues[]): MetricValues =>
  eachMetric((name) => {
    const values = classes.flatMap((metrics) => metrics[name] ?? []);
    return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
  });
