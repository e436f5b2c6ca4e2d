import { join } from 'node:path';
import type { Dataset } from '@mint/data';
import type { MintDetector } from '@mint/detector';
import { writeFileAtomic } from '@mint/internal/node';
import {
  evaluate,
  featureCacheOf,
  type MetricsFile,
  type ProtocolName,
  type ScoredImage,
} from '@mint/trainer';
import { OverlayWriter } from '../output/overlays.js';
import { ReportWriter } from '../output/report-file.js';
import type { ShownSuspect } from '../output/suspects.js';
import type { Progress } from '../shell/progress.js';
import { jobHooks } from './hooks.js';

/** What {@link evaluateInto} is to do. */
export interface EvaluationJob {
  /** Its test images are scored. */
  readonly dataset: Dataset;
  /** Folder of the results. */
  readonly out: string;
  /** Folder of the feature cache. */
  readonly cache: string;
  readonly device: string;
  /** Overlays to write for each kind of defect of a class. */
  readonly overlays: number;
  readonly protocol?: ProtocolName | undefined;
  readonly classGiven?: boolean | undefined;
  readonly strict?: boolean | undefined;
  /** Good training images that look unlike their class; the report shows them. */
  readonly suspects?: readonly ShownSuspect[] | undefined;
  /** Sees each image after overlays and report. */
  readonly onImage?: ((image: ScoredImage) => void) | undefined;
}

/**
 * Scores the test images of a data set and writes `metrics.json`, `report.html` and overlays.
 *
 * @returns Undefined when there are no test images; nothing is written then.
 */
export async function evaluateInto(
  { out, ...job }: EvaluationJob,
  detector: MintDetector,
  progress: Progress,
): Promise<MetricsFile | undefined> {
  const tests = job.dataset.samples.filter(({ split }) => split === 'test').length;
  if (tests === 0) {
    progress.say('no test images: nothing to evaluate');
    return undefined;
  }
  const overlays = new OverlayWriter(detector, join(out, 'overlays'), job.overlays);
  const report = new ReportWriter(detector, out);
  for (const suspect of job.suspects ?? []) report.addSuspect(suspect);
  const { onProgress, onError } = jobHooks(progress, job.strict);
  progress.start('evaluation', tests, 'images');
  const metrics = await evaluate(detector, {
    dataset: job.dataset,
    cache: featureCacheOf(job.cache, detector, { device: job.device }),
    backend: job.device,
    seed: detector.config.seed,
    classGiven: job.classGiven,
    protocol: job.protocol,
    onProgress,
    onError,
    onImage: (image) => {
      overlays.add(image);
      report.add(image);
      job.onImage?.(image);
    },
  });
  progress.stop();
  await overlays.write();
  await writeFileAtomic(join(out, 'metrics.json'), `${JSON.stringify(metrics, null, 2)}\n`);
  await report.write(metrics);
  return metrics;
}
