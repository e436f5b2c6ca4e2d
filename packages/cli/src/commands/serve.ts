import { once } from 'node:events';
import { MintDetector } from '@mint/detector';
import { MintError, oneLine } from '@mint/internal';
import { errorCode } from '@mint/internal/node';
import type { Command } from 'commander';
import type { CommandContext } from '../context.js';
import { type Device, useDevice } from '../device.js';
import { count, device, examples, positive, positiveCount } from '../flags.js';
import { interruption } from '../interruption.js';
import { warmUp } from '../scoring.js';

export interface ServeFlags {
  readonly model: string;
  readonly host: string;
  readonly port: number;
  readonly batchSize: number;
  readonly queue: number;
  readonly maxBytes: number;
  readonly maxPixels: number;
  readonly timeout: number;
  readonly device: Device;
}

/** Adds `mint serve`. */
export function addServe(program: Command, context: CommandContext): void {
  program
    .command('serve')
    .description('Score pictures over HTTP: POST /v1/predict, described at /openapi.json.')
    .requiredOption('--model <folder>', 'model folder, such as runs/parts/model')
    .option('--host <address>', 'address to listen at; 0.0.0.0 opens the server to the network', '127.0.0.1')
    .option('--port <n>', 'port to listen at; 0 takes a free one', count, 8080)
    .option('--batch-size <n>', 'pictures at once in the network when so many wait', positiveCount, 8)
    .option('--queue <n>', 'pictures under way at once; more are refused with 429', positiveCount, 64)
    .option('--max-bytes <n>', 'largest picture file in bytes', positiveCount, 20_000_000)
    .option('--max-pixels <n>', 'largest picture, width times height', positiveCount, 32_000_000)
    .option('--timeout <seconds>', 'for a request to arrive, and for its answer', positive, 30)
    .addOption(device())
    .addHelpText(
      'after',
      examples(
        'mint serve --model runs/parts/model --port 8080',
        'mint serve --model runs/parts/model --host 0.0.0.0 --queue 32 # open to the network',
      ),
    )
    .action(async (flags: ServeFlags) => context.onExit(await runServe(flags, context)));
}

/** `mint serve --model <folder>`: until Ctrl-C or SIGTERM, which let it answer what is under way. Returns 0. */
export async function runServe(flags: ServeFlags, { progress }: CommandContext): Promise<number> {
  const { host, port, batchSize, timeout } = flags;
  await useDevice(flags.device, progress);
  const detector = await MintDetector.load(flags.model);
  try {
    await warmUp(detector, batchSize);
    const { createServer } = await import('../serve/server.js');
    const server = await createServer(detector, {
      ...flags,
      timeout: 1000 * timeout,
      say: (text) => progress.say(text),
    });
    const { signal, release } = interruption(progress, 'answering what is under way');
    try {
      const address = await server.listen({ host, port }).catch((error) => {
        throw listenError(error, flags);
      });
      progress.say(`listening at ${address}; ${address}/openapi.json says what it answers; Ctrl-C ends it`);
      if (!signal.aborted) await once(signal, 'abort');
    } finally {
      await server.close();
      release();
    }
    return 0;
  } finally {
    detector.dispose();
  }
}

function listenError(error: unknown, { host, port }: ServeFlags): MintError {
  const reason = errorCode(error) === 'EADDRINUSE' ? 'something else listens there' : oneLine(error);
  return new MintError('UNAVAILABLE', `--host ${host} --port ${port}: ${reason}; choose another.`, {
    cause: error,
  });
}
