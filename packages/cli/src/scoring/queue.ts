/** Items that wait to be taken, several at a time. */
export interface Queue<T> {
  /** How many items wait. */
  readonly size: () => number;
  readonly push: (...items: readonly T[]) => void;
  /**
   * Waits for an item, then takes up to `max` items. Undefined once the queue has ended and is empty.
   *
   * @param busy - Until it settles, exactly `max` items are taken, not fewer. Default: whatever is there is taken.
   */
  readonly take: (max: number, busy?: Promise<unknown>) => Promise<T[] | undefined>;
  /** Says that no more items will come. With `error`, {@link Queue.take} throws it when the queue is empty. */
  readonly end: (error?: Error) => void;
}

/** A queue with one taker. Its length is not bounded: those who push must do so. */
export function createQueue<T>(): Queue<T> {
  const items: T[] = [];
  let ended: { readonly error: Error | undefined } | undefined;
  let wake = () => {};
  return {
    size: () => items.length,
    push(...more) {
      items.push(...more);
      wake();
    },
    async take(max, busy) {
      let needed = busy === undefined ? 1 : max;
      const settled = () => {
        needed = 1;
        wake();
      };
      busy?.then(settled, settled);
      while (items.length < needed) {
        if (ended !== undefined && items.length === 0) {
          if (ended.error !== undefined) throw ended.error;
          return undefined;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        // More items may come in the same turn of the event loop.
        await new Promise(setImmediate);
      }
      return items.splice(0, max);
    },
    end(error) {
      ended ??= { error };
      wake();
    },
  };
}

/**
 * Yields the results of `take`, one after the other, until it gives undefined.
 *
 * @param ahead - Calls `take` again before the last result is used, so that reading runs beside computing.
 */
export async function* takeAll<T>(take: () => Promise<T | undefined>, ahead: boolean): AsyncGenerator<T> {
  let next: Promise<T | undefined> | undefined;
  for (;;) {
    const current = await (next ?? take());
    if (current === undefined) return;
    next = ahead ? take() : undefined;
    // A failure is thrown when its turn comes.
    next?.catch(() => {});
    yield current;
  }
}
