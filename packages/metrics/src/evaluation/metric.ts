import type { ImageSize } from '../checks.js';
import type { PixelMetrics } from '../pixels/pixel-metrics.js';
import type { BoundedValue, StreamedPixelMetrics } from '../pixels/pixel-stream.js';
import type { RankedPixels } from '../pixels/rank-pixels.js';
import type { ImageMetrics, Rows } from '../scores/ranking.js';

/** A metric of image scores; both kinds of images are there. */
export interface ImageMetricDefinition {
  readonly of: 'images';
  /** Its value for all images, or for a draw of them. */
  readonly value: (metrics: ImageMetrics) => number;
}

/** A metric of pixel scores, `undefined` where it is not defined; both kinds of pixels are there. */
export interface PixelMetricDefinition {
  readonly of: 'pixels';
  /** Its exact value. */
  readonly exact: (pixels: StackedPixels) => number | undefined;
  /** Its value for a draw of images, at the resolution of the draws. */
  readonly drawn: (pixels: DrawnPixels) => number | undefined;
  /** Its value in the result of a stream, if streams have it. */
  readonly streamed?: ((stream: StreamedPixelMetrics) => BoundedValue) | undefined;
}

/** How a metric of the registry is computed. */
export type MetricDefinition = ImageMetricDefinition | PixelMetricDefinition;

/** The images that count for pixel metrics, as one stack. */
export interface PixelStack {
  readonly maps: Float32Array;
  readonly masks: Uint8Array;
  readonly size: ImageSize;
  /** Index of each image in the list that the stack was made from. */
  readonly images: readonly number[];
  /** Whether each is a normal image; an anomalous one can have an empty mask. */
  readonly normal: readonly boolean[];
}

interface MeasuredPixels extends RankedPixels {
  readonly metrics: PixelMetrics;
}

/** The pixels of a stack, ranked. */
export interface StackedPixels extends MeasuredPixels {
  readonly stack: PixelStack;
}

/** The pixels of a draw of images, ranked in bins. */
export interface DrawnPixels extends MeasuredPixels {
  /** A ranking whose normal pixels are those of normal images; overlaps are shares of the anomalous pixels of an image. */
  readonly perImage: {
    readonly rows: Rows;
    readonly negatives: number;
    /** Number of anomalous images: the sum of all overlaps. */
    readonly images: number;
  };
}

/** The metric that {@link ImageMetrics} has by this name. */
export const ofImages = (name: 'auroc' | 'ap' | 'f1Max'): ImageMetricDefinition => ({
  of: 'images',
  value: (metrics) => metrics[name],
});

/** The metric that {@link PixelMetrics} has by this name. */
export const ofPixels = (name: 'auroc' | 'ap' | 'f1Max' | 'iouMax' | 'auPro'): PixelMetricDefinition => ({
  of: 'pixels',
  exact: ({ metrics }) => metrics[name],
  drawn: ({ metrics }) => metrics[name],
  streamed: (stream) => stream[name],
});
