import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { MintDetector } from '@mint/detector';
import { evaluate, featureCacheOf } from '@mint/trainer';
import { flags, startDevice } from './flags.js';
import { type ResultFile, type RunResult, resultPath } from './result-file.js';
import { resultTable } from './result-table.js';
import { runsOf, type Study, type StudyData } from './study.js';

/** Scores the test pictures with every detector of a study, prints a table and writes `examples/results/<study>.json`. */
export async function evaluateStudy(study: Study, data: readonly StudyData[]): Promise<void> {
  const device = await startDevice();
  const runs: RunResult[] = [];
  for (const { data: one, setting, seed, folder } of runsOf(study, data)) {
    const detector = await MintDetector.load(join(folder, 'model'));
    const pictures: RunResult['pictures'][number][] = [];
    const { protocol, perClass, classMean, pooled } = await evaluate(detector, {
      cache: featureCacheOf(flags.cache, detector),
      dataset: one.dataset,
      backend: device,
      seed,
      replicates: 0, // intervals come from the pictures' scores, over all seeds
      onPicture: ({ sample: { className, label }, prediction: { score, className: taken } }) => {
        pictures.push([className, label === 'anomalous' ? 1 : 0, Number(score.toPrecision(6)), taken ?? '']);
      },
    });
    const { steps = 0, seconds = 0 } = detector.provenance ?? {};
    detector.dispose();
    runs.push({
      data: one.name,
      ...(one.substituteFor === undefined ? {} : { substituteFor: one.substituteFor }),
      setting: setting.name,
      seed,
      steps: Number(steps),
      trainingSeconds: Number(seconds),
      protocol,
      metrics: { perClass, classMean, pooled },
      pictures,
    });
  }
  const file: ResultFile = {
    study: study.name,
    command: `npx pnpm --filter @examples/${study.name} start`,
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus()[0]?.model.trim()}, ${cpus().length} cores; Node ${process.version}`,
    settings: study.settings,
    runs,
  };
  const path = resultPath(study.name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(file)}\n`);
  console.log(`${resultTable(file)}\n\n${path}`);
}
