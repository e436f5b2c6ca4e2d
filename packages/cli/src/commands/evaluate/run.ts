import { basename, join, resolve } from 'node:path';
import { type Dataset, loadDataset } from '@mint/data';
import { MintDetector } from '@mint/detector';
import { MintError } from '@mint/internal';
import { metricsTable } from '@mint/report';
import { useDevice } from '../../devices/device.js';
import { evaluateInto } from '../../jobs/evaluate.js';
import { localCache } from '../../jobs/local-cache.js';
import { sayWhatWasRead } from '../../output/dataset-notes.js';
import type { CommandContext } from '../../shell/context.js';
import { readInterest, withInterests } from '../../shell/interest-files.js';
import type { EvaluateFlags } from './flags.js';

/** `mint evaluate <folder> --model <folder>`: scores the test images of a data set. Returns the exit code. */
export async function runEvaluate(
  folder: string,
  flags: EvaluateFlags,
  { progress, print }: CommandContext,
): Promise<number> {
  const out = resolve(flags.out);
  const { classes, goodWords, defectWords, root } = flags;
  const dataset = await loadDataset(folder, { classes, goodWords, defectWords, root });
  sayWhatWasRead(dataset, progress);
  const device = await useDevice(flags, progress);
  const detector = await MintDetector.load(flags.model);
  try {
    assertKnownClasses(detector, dataset);
    const interests =
      flags.roi === undefined ? undefined : (await readInterest(flags.roi, detector.config)).own;
    const seen = interests ? await withInterests(dataset, interests, progress.say) : dataset;
    const cache = await localCache(flags.cache, out, progress);
    const job = { ...flags, dataset: seen, out, cache, device };
    const metrics = await evaluateInto(job, detector, progress);
    if (metrics === undefined) {
      throw new MintError(
        'EMPTY_DATASET',
        `${folder}: there are no test images to evaluate; mint data check ${folder} lists what is there.`,
      );
    }
    print(metricsTable(metrics, metrics.protocol), metrics);
    progress.say(`metrics: ${join(out, 'metrics.json')}; report: ${join(out, 'report.html')}`);
    return 0;
  } finally {
    detector.dispose();
  }
}

/** Checks that a model knows the classes of a data set. */
function assertKnownClasses({ config: { classes } }: MintDetector, dataset: Dataset): void {
  const unknown = dataset.classes.filter((name) => !classes.includes(name));
  if (unknown.length === 0) return;
  throw new MintError(
    'INVALID_ARGUMENT',
    `${basename(dataset.name)}: the model was not trained on ${unknown.join(', ')}; it knows ${classes.join(', ')}. ` +
      'Choose among them with --classes.',
  );
}
