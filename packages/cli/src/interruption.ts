import type { Progress } from './progress.js';

/**
 * Turns the first Ctrl-C or SIGTERM into an abort signal, so that the work under way can be saved; a second one,
 * more than a second later, ends the process at once.
 */
export function interruption(progress: Progress): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  let first = 0;
  const onSignal = () => {
    const now = performance.now();
    if (!controller.signal.aborted) {
      first = now;
      controller.abort();
      progress.say('\nfinishing this step and saving; press Ctrl-C again to stop at once');
    } else if (now - first > 1000) {
      // npm and a terminal may both deliver the same Ctrl-C, so an immediate second signal is not a second wish.
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
