import type { EvaluationMetrics, ProCurve } from '@mint/metrics';
import type { Protocol } from '../metrics-table.js';
import type { ImagePanels } from '../overlay/panels.js';
import type { Decisions } from './tables.js';

/** One scored test image. */
export interface ReportImage {
  /** Unique and short; its title. */
  readonly id: string;
  /** The class it shows. */
  readonly className: string;
  /** `normal` for a good image. */
  readonly label: 'normal' | 'anomalous';
  /** Image score; larger is more anomalous. */
  readonly score: number;
  /** The recognised class; absent when the detector knows no classes. */
  readonly predictedClass?: string | undefined;
  /** Whether its out-of-distribution score is too high for that class. */
  readonly unknownClass?: boolean | undefined;
  /** Shown when the image is among the worst of its class; see {@link imagePanels}. */
  readonly panels?: ImagePanels | undefined;
  /** Shown below the panels, such as the areas of the regions above the limit. */
  readonly note?: string | undefined;
}

/** The losses of one training step; losses that were not logged are absent. */
export interface TrainingPoint {
  /** Number of the step, from 1. */
  readonly step: number;
  /** The whole loss. */
  readonly loss?: number | undefined;
  /** Reconstruction of the features. */
  readonly mse?: number | undefined;
  /** Cross-entropy of the classes. */
  readonly ce?: number | undefined;
  /** Prior of the queries. */
  readonly prior?: number | undefined;
}

/** Content of {@link htmlReport}. */
export interface ReportData {
  /** Heading, and title of the page. */
  readonly title: string;
  /** From `evaluateClasses` of `@mint/metrics`; its classes are the report's, in that order. */
  readonly metrics: Pick<EvaluationMetrics, 'perClass' | 'classMean' | 'pooled'>;
  /** How the numbers were made, as in `metrics.json`. */
  readonly protocol: Protocol;
  /** All test images. */
  readonly images: readonly ReportImage[];
  /** False-alarm rate that the limits promise, 0 to 1. */
  readonly alpha?: number | undefined;
  /** Alarm limits of image scores by class. @defaultValue the highest score of each class */
  readonly limits?: Readonly<Record<string, number>> | undefined;
  /** The decisions on these images at the model's limits. @defaultValue not shown */
  readonly decisions?: Decisions | undefined;
  /** @deprecated Use `decisions`. */
  readonly outcomes?: Decisions | undefined;
  /** Per-region overlap over the false-positive rate, by class; see `proCurve` of `@mint/metrics`. @defaultValue not shown */
  readonly proCurves?: Readonly<Record<string, Pick<ProCurve, 'fpr' | 'pro'>>> | undefined;
  /** Training images that were given as good and look unlike their class. @defaultValue not shown */
  readonly suspects?: readonly ReportImage[] | undefined;
  /** Steps of the training run, in order. @defaultValue not shown */
  readonly training?: readonly TrainingPoint[] | undefined;
}
