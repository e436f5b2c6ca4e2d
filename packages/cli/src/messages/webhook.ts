import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { MintError, oneLine } from '@mint/internal';
import { readFileOf } from '@mint/internal/node';
import type { Message } from './message.js';
import type { Way } from './types.js';

/** Milliseconds for an answer. */
const PATIENCE = 10_000;
/** Milliseconds before the first repetition; doubled each time. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 60_000;
/** Milliseconds after which a decision is given up. */
const GIVE_UP = 15 * 60_000;
/** Milliseconds for what waits when the station ends. */
const LAST_WORDS = 5_000;
const SECRET_BYTES = 10_000;

/**
 * The signature of a body: HMAC-SHA256 under the secret of the time in seconds, a dot and the body, hexadecimal. Who checks it and
 * refuses old times knows that nobody else has sent it, or sends it again.
 */
export const signatureOf = (secret: Uint8Array, timestamp: string, body: string): string =>
  createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');

/**
 * Sends decisions by POST, one after the other and in their order. An answer that is not of the kind 2xx is asked again after a
 * pause that grows, for a quarter of an hour; 400 to 499 but 408 and 429 mean that it will never be taken.
 *
 * @throws MintError `INVALID_ARGUMENT`, `NOT_FOUND` for an address or a secret that cannot be used.
 */
export async function openWebhook(
  address: string,
  secretFile: string | undefined,
  say: (text: string) => void,
  firstPause = FIRST_PAUSE,
): Promise<Way> {
  if (!/^https?:\/\/\S+$/.test(address) || !URL.canParse(address))
    throw new MintError('INVALID_ARGUMENT', `--webhook ${address}: expected an http or https address.`);
  const secret = secretFile === undefined ? undefined : await readSecret(secretFile);
  const ending = new AbortController();
  let last: Promise<unknown> = Promise.resolve();
  const deliver = async (message: Message): Promise<void> => {
    const body = JSON.stringify(message);
    const delivery = randomUUID();
    const until = Date.now() + GIVE_UP;
    for (let pause = firstPause; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      const why = await post(address, body, headersOf(body, delivery, secret), ending.signal);
      if (why === undefined) return;
      if (why.final || Date.now() + pause > until || ending.signal.aborted)
        throw new Error(`${host(address)}: ${why.text}`);
      if (pause === firstPause) say(`webhook ${host(address)}: ${why.text}; it is tried again`);
      await sleep(pause, undefined, { signal: ending.signal }).catch(() => {});
    }
  };
  return {
    send: (message) => {
      const sent = last.then(() => deliver(message));
      last = sent.catch(() => {});
      return sent;
    },
    close: async () => {
      const timer = setTimeout(() => ending.abort(), LAST_WORDS);
      await last;
      clearTimeout(timer);
    },
  };
}

/** Without a path or a query, which may grant access. */
const host = (address: string): string => new URL(address).host;

async function readSecret(path: string): Promise<Uint8Array> {
  const secret = Buffer.from(await readFileOf('secret of the webhook', path, SECRET_BYTES))
    .toString('utf8')
    .trim();
  if (secret.length >= 16) return Buffer.from(secret);
  throw new MintError('INVALID_ARGUMENT', `${path}: expected a secret of at least 16 characters.`);
}

function headersOf(body: string, delivery: string, secret: Uint8Array | undefined): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const headers = {
    'content-type': 'application/json',
    'x-mint-delivery': delivery,
    'x-mint-timestamp': timestamp,
  };
  if (secret === undefined) return headers;
  return { ...headers, 'x-mint-signature': `sha256=${signatureOf(secret, timestamp, body)}` };
}

/** Why it was not taken; undefined when it was. */
async function post(
  address: string,
  body: string,
  headers: Record<string, string>,
  end: AbortSignal,
): Promise<{ readonly text: string; readonly final: boolean } | undefined> {
  try {
    const signal = AbortSignal.any([AbortSignal.timeout(PATIENCE), end]);
    const answer = await fetch(address, { method: 'POST', body, headers, redirect: 'error', signal });
    await answer.body?.cancel();
    if (answer.ok) return undefined;
    const { status } = answer;
    return {
      text: `status ${status}`,
      final: status >= 400 && status < 500 && status !== 408 && status !== 429,
    };
  } catch (error) {
    return { text: oneLine(error), final: false };
  }
}
