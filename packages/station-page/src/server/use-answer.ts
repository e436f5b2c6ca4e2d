import { useCallback, useEffect, useState } from 'preact/hooks';
import { ask } from './ask.js';

/** An answer of the server, while it is asked for and after. */
export interface Asked<T> {
  readonly answer?: T | undefined;
  readonly error?: Error | undefined;
  /** Asks again. */
  readonly again: () => void;
}

/**
 * Asks the server when the path changes.
 *
 * @param every - Asks again after so many milliseconds. Default: once.
 */
export function useAnswer<T>(path: string, every?: number): Asked<T> {
  const [state, setState] = useState<{ path: string; answer?: T; error?: Error }>({ path });
  const [round, setRound] = useState(0);
  const again = useCallback(() => setRound((now) => now + 1), []);
  useEffect(() => {
    const controller = new AbortController();
    const load = async () => {
      try {
        const answer = await ask<T>(path, controller.signal);
        setState({ path, answer });
      } catch (error) {
        if (!controller.signal.aborted)
          setState((before) => ({ ...(before.path === path && before), path, error: error as Error }));
      }
    };
    void load();
    const timer = every === undefined ? undefined : setInterval(load, every);
    return () => {
      controller.abort();
      clearInterval(timer);
    };
  }, [path, every, round]);
  return state.path === path ? { answer: state.answer, error: state.error, again } : { again };
}
