import { MintError, oneLine } from '@mint/internal';
import type { Redis } from 'ioredis';

/** How long a first connection may take, in milliseconds. */
const PATIENCE = 5_000;

/** For messages: a password in the address never shows. */
const withoutPassword = (url: string): string => url.replace(/^(rediss?:\/\/[^:@/]*):[^@]*@/, '$1:***@');

/**
 * Connects to Redis. A connection that breaks later is made again for as long as it takes, and what was asked meanwhile waits.
 *
 * @throws MintError `INVALID_ARGUMENT` for another kind of address; `UNAVAILABLE` when Redis does not answer, or the packages for it
 * are not installed.
 */
export async function connect(url: string, say: (text: string) => void): Promise<Redis> {
  if (!/^rediss?:\/\//.test(url))
    throw new MintError('INVALID_ARGUMENT', `${url}: expected an address such as redis://host:6379.`);
  const { Redis: Client } = await import('ioredis').catch(notInstalled);
  const name = withoutPassword(url);
  let isFirst = true;
  const redis = new Client(url, {
    lazyConnect: true,
    connectTimeout: PATIENCE,
    maxRetriesPerRequest: null,
    retryStrategy: (times) => (isFirst ? null : Math.min(50 * times, 2_000)),
  });
  let reason: unknown;
  let isAway = false;
  redis.on('error', (error) => {
    reason = error;
    if (isFirst || isAway) return;
    isAway = true;
    say(`${name}: the connection to Redis is lost (${oneLine(error)}); trying again`);
  });
  redis.on('ready', () => {
    if (isAway) say(`${name}: connected to Redis again`);
    isAway = false;
  });
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    redis.disconnect();
    throw new MintError(
      'UNAVAILABLE',
      `${name}: Redis does not answer: ${oneLine(reason ?? error)}. Start it, or give another address.`,
      { cause: error },
    );
  }
  isFirst = false;
  return redis;
}

export function notInstalled(cause: unknown): never {
  const message =
    'a fleet needs the packages bullmq and ioredis, which could not be loaded. Install them: npm install bullmq@6 ioredis@6.';
  throw new MintError('UNAVAILABLE', message, { cause });
}
