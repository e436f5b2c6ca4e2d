import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Dataset } from '@mint/data';
import { MintDetector } from '@mint/detector';
import { evaluate, featureCacheOf } from '@mint/trainer';
import { flags, startDevice } from './flags.js';
import { preset } from './preset.js';
import { type ResultFile, type RunResult, resultPath, resultsSoFar, type TestSet } from './result-file.js';
import { resultTable } from './result-table.js';
import { nameOf, type Run, runsOf, type Study, type StudyData } from './study.js';

/**
 * Scores the test images with every detector of a study, prints a table and writes `examples/results/<study>.json`, after
 * each detector, so that an evaluation that was stopped goes on where it was.
 */
export async function evaluateStudy(study: Study, data: readonly StudyData[]): Promise<void> {
  const device = await startDevice();
  const before = (await resultsSoFar(nameOf(study)))?.runs ?? [];
  const runs: RunResult[] = [];
  for (const run of runsOf(study, data)) {
    const path = join(run.folder, 'model', 'model.json');
    if (!existsSync(path)) {
      const kept = before.find((one) => isOf(one, run) && one.seed === run.seed);
      if (kept !== undefined) runs.push(kept);
      console.log(
        `${run.folder}: ${kept === undefined ? 'not trained yet' : 'not here, its earlier result stays'}`,
      );
      continue;
    }
    const model = String(JSON.parse(await readFile(path, 'utf8')).weights.sha256);
    const same = before.find((one) => isOf(one, run) && one.model === model);
    if (same !== undefined) {
      runs.push(same);
      continue;
    }
    runs.push({ ...(await judged(run, device)), model });
    await write(study, data, runs);
  }
  const file = await write(study, data, runs);
  console.log(`${resultTable(file)}\n\n${resultPath(nameOf(study))}`);
}

const isOf = (result: RunResult, { data, setting }: Run): boolean =>
  result.data === data.name && result.setting === setting.name;

async function judged(
  { data, setting, seed, folder }: Run,
  backend: string,
): Promise<Omit<RunResult, 'model'>> {
  const detector = await MintDetector.load(join(folder, 'model'));
  const { classes } = data.dataset;
  const scores: number[] = [];
  const taken: number[] = [];
  const { protocol, perClass, classMean, pooled } = await evaluate(detector, {
    cache: featureCacheOf(flags.cache, detector),
    dataset: data.dataset,
    backend,
    seed,
    replicates: 0, // intervals come from the images' scores, over all seeds
    onImage: ({ prediction: { score, className } }) => {
      scores.push(Number(score.toPrecision(6)));
      if (className !== undefined) taken.push(classes.indexOf(className));
    },
  });
  const { steps = 0, seconds = 0 } = detector.provenance ?? {};
  detector.dispose();
  const { imageAuroc = Number.NaN } = classMean;
  console.log(`${folder}: mean image AUROC ${imageAuroc.toFixed(3)}`);
  return {
    data: data.name,
    substituteFor: data.substituteFor,
    setting: setting.name,
    seed,
    steps: Number(steps),
    trainingSeconds: Number(seconds),
    protocol,
    metrics: { perClass, classMean, pooled },
    scores,
    taken: setting.classless || taken.length === 0 ? undefined : taken,
  };
}

async function write(
  study: Study,
  data: readonly StudyData[],
  runs: readonly RunResult[],
): Promise<ResultFile> {
  const file: ResultFile = {
    study: nameOf(study),
    command: command(),
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus()[0]?.model.trim()}, ${cpus().length} cores; Node ${process.version}`,
    settings: study.settings,
    testSets: Object.fromEntries(data.map(({ name, dataset }) => [name, testSetOf(dataset)])),
    runs,
  };
  const path = resultPath(nameOf(study));
  await mkdir(dirname(path), { recursive: true });
  // A file that is whole at all times, whenever the study is stopped.
  await writeFile(`${path}.part`, `${JSON.stringify(file)}\n`);
  await rename(`${path}.part`, path);
  return file;
}

/** How to run it again; files and folders by their last name. */
function command(): string {
  const { data, weights } = flags;
  const other = preset === 'cpu' ? '' : ` --preset ${preset}`;
  const example = basename(process.cwd()).replace(/^\d+-/, '');
  const given = Object.entries({ data, weights }).flatMap(([flag, path]) =>
    path === undefined ? [] : [` --${flag} ${path.replaceAll(/[^=,]*\//g, '')}`],
  );
  return `npx pnpm --filter @examples/${example} start${given.join('')}${other}`;
}

function testSetOf({ classes, samples }: Dataset): TestSet {
  const test = samples.filter(({ split }) => split === 'test');
  return {
    classes,
    shown: test.map(({ className }) => classes.indexOf(className)),
    anomalous: test.map(({ label }) => (label === 'anomalous' ? 1 : 0)),
  };
}
