import type { Command } from 'commander';
import type { CommandContext } from '../../shell/context.js';
import {
  count,
  device,
  examples,
  positive,
  positiveCount,
  threads,
  withMessages,
  withRecord,
} from '../../shell/flags.js';
import type { ServeFlags } from './flags.js';

/** Adds `mint serve`. */
export function addServe(program: Command, context: CommandContext): void {
  const command = program
    .command('serve')
    .description('Score images over HTTP: POST /v1/predict, described at /openapi.json.')
    .option('--model <folder>', 'model folder, such as runs/parts/model')
    .option(
      '--models <folder>',
      'or a folder of models, <name>/<version>: one is in service, and can be replaced',
    )
    .option(
      '--active <name/version>',
      'which of --models to begin with (default: the last in service, or the newest of the only one)',
    )
    .option(
      '--shadow <name/version>',
      'which of --models to score beside it, for mint history compare; needs --history',
    );
  withMessages(withRecord(withLimits(command)))
    .addOption(device())
    .addOption(threads())
    .addHelpText(
      'after',
      examples(
        'mint serve --model runs/parts/model --port 8080',
        'mint serve --model runs/parts/model --history line-3.sqlite --station line-3',
        'mint serve --models models --history line-3.sqlite # models/parts/1, models/parts/2, …',
        'mint serve --model runs/parts/model --mqtt mqtt://plant:1883 --webhook https://mes.example/mint --webhook-secret secret.txt',
        'mint serve --model runs/parts/model --host 0.0.0.0 --tokens tokens.txt # open to the network',
      ),
    )
    .action(async (flags: ServeFlags) => {
      const { runServe } = await import('./run.js');
      context.onExit(await runServe(flags, context));
    });
}

/** Where it listens, who may ask, and how much. */
const withLimits = (command: Command): Command =>
  command
    .option(
      '--host <address>',
      'address to listen on; 0.0.0.0 opens the server to the network, and needs --tokens',
      '127.0.0.1',
    )
    .option('--port <n>', 'port to listen on; 0 picks a free one', count, 8080)
    .option('--batch-size <n>', 'most images per batch', positiveCount, 8)
    .option(
      '--queue <n>',
      'most images being read, waiting or being scored; more are refused with 429',
      positiveCount,
      64,
    )
    .option('--max-bytes <n>', 'largest image file in bytes', positiveCount, 20_000_000)
    .option('--max-pixels <n>', 'largest image, width times height', positiveCount, 32_000_000)
    .option('--timeout <seconds>', 'time for a request to arrive, and for its answer', positive, 30)
    .option(
      '--tokens <file>',
      'who may do what: a file of mint station token; needed on every address but the loopback',
    )
    .option('--no-tokens', 'on every address, let everybody do everything: a proxy in front checks who asks');
