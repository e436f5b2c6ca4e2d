import { Command } from 'commander';
import { addCache } from './commands/cache.js';
import { addCalibrate } from './commands/calibrate.js';
import { addDataCheck } from './commands/data-check.js';
import { addDiffProtocol } from './commands/diff-protocol.js';
import { addEvaluate } from './commands/evaluate.js';
import { addPredict } from './commands/predict.js';
import { addQuickstart } from './commands/quickstart.js';
import { addTrain } from './commands/train.js';
import type { CommandContext } from './context.js';

/** The `mint` command. */
export function createProgram(context: CommandContext): Command {
  const program = new Command('mint')
    .description(
      'Finds defects in pictures of products: one model for all product classes, trained on good pictures.',
    )
    .option('--verbose', 'show where an error came from')
    .showHelpAfterError()
    .exitOverride();

  addTrain(program, context);
  addEvaluate(program, context);
  addPredict(program, context);
  addCalibrate(program, context);
  addDiffProtocol(program, context);
  addCache(program, context);
  addDataCheck(program, context);
  addQuickstart(program, context);
  return program;
}
