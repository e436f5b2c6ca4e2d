import { setTimeout as wait } from 'node:timers/promises';
import { fileDownloadInfo, HubApiError } from '@huggingface/hub';
import { MintError, reasonOf } from '@mint/internal';
import type { HubEnvironment } from './cache.js';
import type { WeightsInfo } from './table.js';

const HUB = 'https://huggingface.co';
/** Redirects between a repository and the server that has its bytes. */
const MAX_HOPS = 5;
/** How often a hub that is busy is asked again, and the longest wait in between, in milliseconds. */
const ATTEMPTS = 4;
const MAX_WAIT = 60_000;

/** Where the bytes of a file are, and what they must be. */
export interface Located {
  /** To be asked with the headers of {@link hubHeaders}. */
  readonly url: string;
  readonly size: number;
  /** SHA-256 of the content for large files. */
  readonly etag: string;
  /** Commit of the repository; undefined when the server does not say. */
  readonly commit: string | undefined;
}

/** Base URL of the hub or of a mirror, from `HF_ENDPOINT`. */
const hubUrl = (env: HubEnvironment): string => (env.HF_ENDPOINT ?? HUB).replace(/\/+$/, '');

/** Whether `HF_HUB_OFFLINE` forbids the network. */
export const isOffline = (env: HubEnvironment): boolean =>
  /^(1|true|yes|on)$/i.test(env.HF_HUB_OFFLINE ?? '');

/** The three ways out where the hub cannot be reached. */
export const waysOut = (repo: string, file: string): string =>
  `Set HF_ENDPOINT to a mirror that can be reached; or download ${file} of ${repo} elsewhere and give it with --weights; ` +
  'or take --backbone scattering, which needs no weights.';

/** Follows redirects by hand, and notes what the hub says on the way: the server with the bytes does not know it. */
function tracing(seen: Map<string, string>): typeof fetch {
  return async (input, init) => {
    let url = new URL(input instanceof Request ? input.url : input);
    const headers = new Headers(init?.headers);
    for (let hop = 0; ; hop++) {
      const response = await fetch(url, { ...init, headers, redirect: 'manual' });
      for (const name of ['x-repo-commit', 'x-linked-etag', 'x-linked-size']) {
        const value = response.headers.get(name);
        if (value !== null && !seen.has(name)) seen.set(name, value);
      }
      const location = response.headers.get('location');
      if (response.status < 300 || response.status >= 400 || location === null || hop === MAX_HOPS)
        return response;
      const next = new URL(location, url);
      // The token is for the hub, not for the server it points to.
      if (next.origin !== url.origin) headers.delete('authorization');
      await response.body?.cancel();
      url = next;
    }
  };
}

/**
 * Asks the hub for a file.
 *
 * @throws MintError `NOT_FOUND`, `UNAVAILABLE`; see {@link explained}.
 */
export async function locate(
  { repo, file, revision = 'main' }: WeightsInfo,
  env: HubEnvironment,
  signal: AbortSignal | undefined,
): Promise<Located> {
  for (let attempt = 1; ; attempt++) {
    const seen = new Map<string, string>();
    const trace = tracing(seen);
    try {
      const found = await fileDownloadInfo({
        repo,
        path: file,
        revision,
        hubUrl: hubUrl(env),
        fetch: (input, init) => trace(input, { ...init, signal: signal ?? null }),
        ...(env.HF_TOKEN ? { accessToken: env.HF_TOKEN } : {}),
      });
      if (found === null) {
        throw new MintError('NOT_FOUND', `${repo}: there is no file ${file} at revision ${revision}.`);
      }
      const size = Number(seen.get('x-linked-size') ?? found.size);
      const etag = (seen.get('x-linked-etag') ?? found.etag).replace(/^W\//, '').replaceAll('"', '');
      if (!/^[0-9a-zA-Z._-]{1,128}$/.test(etag) || /^\.+$/.test(etag))
        throw new MintError('UNAVAILABLE', `${hubUrl(env)}: sent no usable ETag for ${file} of ${repo}.`);
      return {
        url: `${hubUrl(env)}/${repo}/resolve/${revision}/${file}`,
        size,
        etag,
        commit: seen.get('x-repo-commit'),
      };
    } catch (error) {
      if (MintError.isInstance(error) || signal?.aborted) throw error;
      const busy = error instanceof HubApiError && (error.statusCode === 429 || error.statusCode >= 500);
      if (!busy || attempt === ATTEMPTS) throw explained(error, repo, file, env);
      await wait(Math.min(MAX_WAIT, 500 * 2 ** attempt), undefined, signal === undefined ? {} : { signal });
    }
  }
}

/** A MintError that says what to do. */
function explained(error: unknown, repo: string, file: string, env: HubEnvironment): MintError {
  const page = `${hubUrl(env)}/${repo}`;
  const status = error instanceof HubApiError ? error.statusCode : undefined;
  const make = (code: MintError['code'], message: string) => new MintError(code, message, { cause: error });
  if (status === 401 || status === 403) {
    return make(
      'UNAVAILABLE',
      `${repo}: the hub refuses access (${status}). If the repository is gated, accept its licence at ${page}; then set HF_TOKEN to a token of your account.`,
    );
  }
  if (status === 404)
    return make('NOT_FOUND', `${repo}: there is no such repository or revision on ${hubUrl(env)}.`);
  if (status === 429)
    return make(
      'UNAVAILABLE',
      `${repo}: the hub asks for fewer requests (429); try again in some minutes, or set HF_TOKEN.`,
    );
  const reason = status === undefined ? reasonOf(error) : `it answered ${status}`;
  return make('UNAVAILABLE', `${hubUrl(env)}: cannot be reached: ${reason}. ${waysOut(repo, file)}`);
}
