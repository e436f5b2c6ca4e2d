import { useEffect, useState } from 'preact/hooks';
import type { LiveAnswer } from '../contract.js';
import { ask, Refused } from './ask.js';

/** Milliseconds from an answer to the next question. */
const PAUSE = 700;

/**
 * Asks for new decisions again and again, while the page can be seen.
 *
 * @returns Whether the server answers.
 */
export function useFeed(receive: (answer: LiveAnswer) => void): boolean {
  const [connected, setConnected] = useState(true);
  useEffect(() => {
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last = 0;
    const turn = async () => {
      try {
        if (!document.hidden) {
          const answer = await ask<LiveAnswer>(`/v1/decisions/live?after=${last}`, controller.signal);
          // A server that has started again counts from the beginning.
          if (answer.last < last) last = 0;
          else {
            last = answer.last;
            receive(answer);
          }
          setConnected(true);
        }
      } catch (error) {
        if (!controller.signal.aborted && !(error instanceof Refused && error.status === 401))
          setConnected(false);
      }
      if (!controller.signal.aborted) timer = setTimeout(turn, PAUSE);
    };
    void turn();
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [receive]);
  return connected;
}
