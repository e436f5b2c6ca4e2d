import { join, resolve } from 'node:path';
import { loadDataset } from '@mint/data';
import { MintDetector } from '@mint/detector';
import { MintError } from '@mint/internal';
import { metricsTable } from '@mint/report';
import type { EvaluationProtocolName } from '@mint/trainer';
import type { Command } from 'commander';
import type { CommandContext } from '../context.js';
import { type Device, useDevice } from '../device.js';
import { cache, classes, device, examples, overlays, protocol, strict } from '../flags.js';
import { assertKnownClasses, defaultCache, evaluateRun } from '../pipeline.js';

export interface EvaluateFlags {
  readonly model: string;
  readonly out: string;
  readonly classes?: readonly string[];
  readonly classGiven?: boolean;
  readonly protocol: EvaluationProtocolName;
  readonly device: Device;
  readonly cache?: string;
  readonly overlays: number;
  readonly strict?: boolean;
}

/** Adds `mint evaluate`. */
export function addEvaluate(program: Command, context: CommandContext): void {
  program
    .command('evaluate')
    .description('Score the test pictures of a data set and write metrics.json.')
    .argument('<data>', 'data set, as for train')
    .requiredOption('--model <folder>', 'model folder, such as runs/parts/model')
    .requiredOption('--out <folder>', 'where metrics.json and overlays go')
    .addOption(classes())
    .addOption(protocol())
    .option('--class-given', 'apply the limits of the class a picture shows, not of the one it is taken for')
    .addOption(device())
    .addOption(cache())
    .addOption(overlays())
    .addOption(strict())
    .addHelpText(
      'after',
      examples(
        'mint evaluate ./parts --model runs/parts/model --out runs/parts-again',
        'mint evaluate ./parts --model runs/parts/model --out runs/mvtec --protocol mvtec',
      ),
    )
    .action(async (folder: string, flags: EvaluateFlags) =>
      context.onExit(await runEvaluate(folder, flags, context)),
    );
}

/** `mint evaluate <folder> --model <folder>`: scores the test pictures of a data set. Returns the exit code. */
export async function runEvaluate(
  folder: string,
  flags: EvaluateFlags,
  { progress, print }: CommandContext,
): Promise<number> {
  const out = resolve(flags.out);
  const dataset = await loadDataset(folder, flags.classes === undefined ? {} : { classes: flags.classes });
  if (dataset.layout !== undefined) progress.say(`${dataset.name}, read as: ${dataset.layout}`);
  for (const warning of dataset.warnings) progress.say(`note: ${warning}`);
  const used = await useDevice(flags.device, progress);
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
        `${folder}: there are no test pictures to evaluate; mint data check ${folder} says what is there.`,
      );
    }
    print(metricsTable(metrics, metrics.protocol), metrics);
    progress.say(`metrics: ${join(out, 'metrics.json')}; report: ${join(out, 'report.html')}`);
    return 0;
  } finally {
    detector.dispose();
  }
}
