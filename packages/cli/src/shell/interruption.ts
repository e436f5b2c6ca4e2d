import type { Progress } from './progress.js';

/** Thrown by a command that the user stopped, after the work so far is saved; the message says how to go on. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/**
 * Turns the first Ctrl-C or SIGTERM into an abort signal, so that the work under way can be saved. A second one,
 * more than a second later, ends the process at once.
 *
 * @param doing - What happens after the first signal, for the user.
 */
export function interruption(
  progress: Progress,
  doing = 'finishing this step and saving',
): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  let first = 0;
  const onSignal = () => {
    const now = performance.now();
    if (!controller.signal.aborted) {
      first = now;
      controller.abort();
      progress.say(`\n${doing}; press Ctrl-C again to stop at once`);
    } else if (now - first > 1000) {
      // npm and a terminal may both deliver the same Ctrl-C, so a second signal right after the first is not a second request.
      process.exit(130);
    }
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    release: () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}

/** Calls `end` at Ctrl-C or SIGTERM, unless a command handles the signal itself, as with {@link interruption}. */
export function whenInterrupted(end: () => void): void {
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) end();
    });
  }
}
