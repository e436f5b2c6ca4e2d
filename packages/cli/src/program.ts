import { Command } from 'commander';
import { addAddClass } from './commands/add-class/command.js';
import { addCache } from './commands/cache/command.js';
import { addCalibrate } from './commands/calibrate/command.js';
import { addCompletion } from './commands/completion/command.js';
import { addDataCheck } from './commands/data-check/command.js';
import { addDiffProtocol } from './commands/diff-protocol/command.js';
import { addDoctor } from './commands/doctor/command.js';
import { addEvaluate } from './commands/evaluate/command.js';
import { addFleet } from './commands/fleet/command.js';
import { addHistory } from './commands/history/command.js';
import { addInit } from './commands/init/command.js';
import { addPredict } from './commands/predict/command.js';
import { addQuickstart } from './commands/quickstart/command.js';
import { addRoi } from './commands/roi/command.js';
import { addServe } from './commands/serve/command.js';
import { addStation } from './commands/station/command.js';
import { addTrain } from './commands/train/command.js';
import { addWatch } from './commands/watch/command.js';
import { addWeights } from './commands/weights/command.js';
import type { CommandContext, GlobalFlags, ProgramHost } from './shell/context.js';
import { refuseForgottenValues } from './shell/forgotten-values.js';
import { version } from './version.js';

/**
 * The `mint` command. It prints results and help. `parseAsync` throws errors for the caller to print; wrong usage is
 * commander's `CommanderError`.
 *
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { createProgram } from '@mint/cli';
 *
 * const silent = { start() {}, update() {}, stop() {}, say() {} };
 * const codes: number[] = [];
 * const mint = createProgram({ progress: silent, onExit: (code) => codes.push(code) });
 * const cache = await mkdtemp(join(tmpdir(), 'mint-'));
 * await mint.parseAsync(['cache', 'ls', cache], { from: 'user' });
 * console.log(codes); // [ 0 ]
 * ```
 */
export function createProgram(host: ProgramHost): Command {
  const program = new Command('mint')
    .description(
      'Finds defects in images of products with one model for all product classes, trained on good images.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .option('--json', 'print the result, or the error, as one JSON document')
    .option('--verbose', 'show where an error came from')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: () => {} })
    .addHelpText('after', '\nHelp for a command: mint <command> --help')
    .addHelpText('afterAll', '\nExit codes: 0 done, 1 failed while running, 2 used wrongly, 130 interrupted.')
    .exitOverride()
    .hook('preAction', (_, command) => refuseForgottenValues(command));
  const context: CommandContext = {
    ...host,
    print: (text, data) => {
      const { json } = program.opts<GlobalFlags>();
      process.stdout.write(`${json ? JSON.stringify(data, null, 2) : text}\n`);
    },
  };

  addInit(program, context);
  addTrain(program, context);
  addEvaluate(program, context);
  addPredict(program, context);
  addWatch(program, context);
  addServe(program, context);
  addHistory(program, context);
  addFleet(program, context);
  addStation(program, context);
  addCalibrate(program, context);
  addAddClass(program, context);
  addDiffProtocol(program, context);
  addRoi(program, context);
  addWeights(program, context);
  addCache(program, context);
  addDataCheck(program, context);
  addQuickstart(program, context);
  addDoctor(program, context);
  addCompletion(program, context);
  return program;
}
