import { once } from 'node:events';
import { MintError, oneLine } from '@mint/internal';
import { errorCode } from '@mint/internal/node';
import { openPublisher, type Publisher } from '../../messages/publisher.js';
import { openRecorder } from '../../scoring/recorder.js';
import type { CommandContext } from '../../shell/context.js';
import { interruption } from '../../shell/interruption.js';
import { accessOf } from './access/rule.js';
import type { ServeFlags } from './flags.js';
import type { MemoryPart } from './memory.js';
import { modelsOf } from './models/start.js';
import { READERS } from './threads/threaded-engine.js';

/** `mint serve`: runs until Ctrl-C or SIGTERM, then answers the requests under way. Returns 0. */
export async function runServe(flags: ServeFlags, { progress }: CommandContext): Promise<number> {
  const { host, port, timeout } = flags;
  const say = (text: string) => progress.say(text);
  const access = await accessOf(flags, say);
  // Before the model is loaded, so that a record that cannot be written is reported at once.
  const recorder = await openRecorder(flags, say);
  let publisher: Publisher | undefined;
  try {
    publisher = await openPublisher(flags, say);
    const { models, first, shadow } = await modelsOf(flags, say);
    const engine = await first();
    const { createServer } = await import('./http/server.js');
    const { memoryParts } = await import('./memory.js');
    const { pageFiles } = await import('./http/station/page-files.js');
    const parts = memoryParts({ ...flags, tiles: engine.model.tiles });
    say(`memory: the model's, and at most ${megabytes(parts)} MB for requests`);
    const server = await createServer(engine, {
      ...flags,
      readers: READERS,
      timeout: 1000 * timeout,
      recorder,
      publisher,
      page: pageFiles,
      models,
      shadow,
      access,
      say,
    }).catch(async (error) => {
      await engine.close();
      throw error;
    });
    const { signal, release } = interruption(progress, 'answering the requests under way');
    try {
      const address = await server.listen({ host, port }).catch((error) => {
        throw listenError(error, flags);
      });
      progress.say(
        `listening at ${address}; open it in a browser; its API is described at ${address}/openapi.json; stop with Ctrl-C`,
      );
      if (!signal.aborted) await once(signal, 'abort');
    } finally {
      await server.close();
      release();
    }
    return 0;
  } finally {
    await publisher?.close();
    await recorder?.close();
  }
}

const megabytes = (parts: readonly MemoryPart[]): number =>
  Math.ceil(parts.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6);

function listenError(error: unknown, { host, port }: ServeFlags): MintError {
  const reason = errorCode(error) === 'EADDRINUSE' ? 'another program is listening there' : oneLine(error);
  return new MintError('UNAVAILABLE', `--host ${host} --port ${port}: ${reason}; choose another.`, {
    cause: error,
  });
}
