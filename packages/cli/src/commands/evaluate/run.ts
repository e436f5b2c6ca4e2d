import { join, resolve } from 'node:path';
import { loadDataset } from '@mint/data';
import { MintDetector } from '@mint/detector';
import { MintError } from '@mint/internal';
import { metricsTable } from '@mint/report';
import { useDevice } from '../../devices/device.js';
import type { CommandContext } from '../../shell/context.js';
import { assertKnownClasses, defaultCache, evaluateRun } from '../../training/pipeline.js';
import type { EvaluateFlags } from './flags.js';

/** `mint evaluate <folder> --model <folder>`: scores the test images of a data set. Returns the exit code. */
export async function runEvaluate(
  folder: string,
  flags: EvaluateFlags,
  { progress, print }: CommandContext,
): Promise<number> {
  const out = resolve(flags.out);
  const dataset = await loadDataset(folder, flags.classes === undefined ? {} : { classes: flags.classes });
  if (dataset.layout !== undefined) progress.say(`${dataset.name}, read as: ${dataset.layout}`);
  for (const warning of dataset.warnings) progress.say(`note: ${warning}`);
  const used = await useDevice(flags, progress);
  const detector = await MintDetector.load(flags.model);
  try {
    assertKnownClasses(detector, dataset);
    const job = {
      dataset,
      out,
      cache: resolve(flags.cache ?? defaultCache(out)),
      device: used,
      overlays: flags.overlays,
      protocol: flags.protocol,
      classGiven: flags.classGiven ?? false,
      reporting: flags.strict
        ? {}
        : { onError: (error: Error) => progress.say(`left out: ${error.message}`) },
    };
    const metrics = await evaluateRun(detector, job, progress);
    if (metrics === undefined) {
      throw new MintError(
        'EMPTY_DATASET',
        `${folder}: there are no test images to evaluate; mint data check ${folder} says what is there.`,
      );
    }
    print(metricsTable(metrics, metrics.protocol), metrics);
    progress.say(`metrics: ${join(out, 'metrics.json')}; report: ${join(out, 'report.html')}`);
    return 0;
  } finally {
    detector.dispose();
  }
}
