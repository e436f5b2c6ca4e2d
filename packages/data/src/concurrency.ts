/** Results of `work` in the items' order, at most `limit` at work at the same time. Rejects with the first error. */
export async function mapLimited<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const i = next++;
      results[i] = await work(items[i] as T);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}

/**
 * Yields the results of `work` in the items' order, at most `concurrency` at work and at most `ahead` started but not yet taken.
 * When the consumer leaves, nothing more is started.
 */
export async function* mapOrdered<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  ahead: number,
  concurrency: number,
): AsyncGenerator<R> {
  type Outcome = { readonly value: R } | { readonly error: unknown };
  const started = new Map<number, Promise<Outcome>>();
  let next = 0;
  let taken = 0;
  let active = 0;
  let stopped = false;
  const fill = () => {
    while (!stopped && next < items.length && active < concurrency && next - taken < ahead) {
      active += 1;
      const outcome = work(items[next] as T).then(
        (value) => finished({ value }),
        (error) => finished({ error }),
      );
      started.set(next, outcome);
      next += 1;
    }
  };
  const finished = (outcome: Outcome): Outcome => {
    active -= 1;
    fill();
    return outcome;
  };
  try {
    fill();
    while (taken < items.length) {
      const outcome = (await started.get(taken)) as Outcome;
      if ('error' in outcome) throw outcome.error;
      started.delete(taken);
      taken += 1;
      fill();
      yield outcome.value;
    }
  } finally {
    stopped = true;
    await Promise.all(started.values());
  }
}
