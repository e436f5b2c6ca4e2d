import { guardedFetch } from '@mint/internal/node';

/** Fetches a file of a model in Node.js, from the addresses that were checked; see `guardedFetch`. */
export const fetchModelFile = (url: string, { signal }: RequestInit): Promise<Response> =>
  guardedFetch(new URL(url), {
    headers: { 'accept-encoding': 'identity', 'cache-control': 'no-cache' },
    signal,
  });
