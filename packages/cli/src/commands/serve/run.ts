import { once } from 'node:events';
import { MintDetector } from '@mint/detector';
import { MintError, oneLine } from '@mint/internal';
import { errorCode } from '@mint/internal/node';
import { useDevice } from '../../devices/device.js';
import { warmUp } from '../../scoring/score-images.js';
import type { CommandContext } from '../../shell/context.js';
import { interruption } from '../../shell/interruption.js';
import type { ServeFlags } from './flags.js';

/** `mint serve --model <folder>`: runs until Ctrl-C or SIGTERM, then answers the requests under way. Returns 0. */
export async function runServe(flags: ServeFlags, { progress }: CommandContext): Promise<number> {
  const { host, port, batchSize, timeout } = flags;
  await useDevice(flags, progress);
  const detector = await MintDetector.load(flags.model);
  try {
    await warmUp(detector, batchSize);
    const { createServer } = await import('./server.js');
    const server = await createServer(detector, {
      ...flags,
      timeout: 1000 * timeout,
      say: (text) => progress.say(text),
    });
    const { signal, release } = interruption(progress, 'answering the requests under way');
    try {
      const address = await server.listen({ host, port }).catch((error) => {
        throw listenError(error, flags);
      });
      progress.say(
        `listening at ${address}; its API is described at ${address}/openapi.json; stop with Ctrl-C`,
      );
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
  const reason = errorCode(error) === 'EADDRINUSE' ? 'another program is listening there' : oneLine(error);
  return new MintError('UNAVAILABLE', `--host ${host} --port ${port}: ${reason}; choose another.`, {
    cause: error,
  });
}
