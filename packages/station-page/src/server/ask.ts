const TOKEN = 'token';

/** The server refuses a request. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The token of this tab; gone when the tab is closed. */
export const token = {
  get: () => sessionStorage.getItem(TOKEN),
  set: (value: string) => sessionStorage.setItem(TOKEN, value),
  forget: () => sessionStorage.removeItem(TOKEN),
};

const listeners = new Set<() => void>();

/** Calls back when the server asks for a token. Returns what ends that. */
export function onTokenWanted(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Paths are relative, so the page also works below a path of a proxy. */
const relative = (path: string): string => path.replace(/^\//, '');

async function send(path: string, init: RequestInit = {}): Promise<Response> {
  const held = token.get();
  const headers = { ...init.headers, ...(held !== null && { authorization: `Bearer ${held}` }) };
  const answer = await fetch(relative(path), { ...init, headers });
  if (answer.ok) return answer;
  if (answer.status === 401) for (const listener of listeners) listener();
  const body: { error?: { message?: string } } = await answer.json().catch(() => ({}));
  throw new Refused(answer.status, body.error?.message ?? `HTTP ${answer.status}`);
}

/** Gets an answer in JSON. @throws Refused, or TypeError without a connection. */
export async function ask<T>(path: string, signal?: AbortSignal): Promise<T> {
  return await (await send(path, { signal: signal ?? null })).json();
}

/** Sends JSON and gets JSON. @throws as {@link ask}. */
export async function tell<T>(path: string, body: object): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  return await (await send(path, { method: 'POST', headers, body: JSON.stringify(body) })).json();
}

/** Gets a picture. @throws as {@link ask}. */
export async function askPicture(path: string, signal: AbortSignal): Promise<Blob> {
  return await (await send(path, { signal })).blob();
}

/** A path with a query of what is given. */
export function withQuery(
  path: string,
  values: Readonly<Record<string, string | number | undefined>>,
): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values))
    if (value !== undefined && value !== '') query.set(name, String(value));
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}
