import type { Redis } from 'ioredis';
import { SOURCES } from './state.js';

/**
 * Takes the next moment of each source, or of none: a source that gave n images at r a second gives the next ones n / r seconds
 * later. Returns how long to wait, in milliseconds; 0 when the moments are taken. The clock is that of Redis.
 */
const RESERVE = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local wait = 0
for _, key in ipairs(KEYS) do wait = math.max(wait, tonumber(redis.call('GET', key) or '0') - now) end
if wait > 0 then return wait end
for i, key in ipairs(KEYS) do redis.call('SET', key, now + ARGV[i], 'PX', ARGV[i]) end
return 0`;

/**
 * Asks whether images may be read from their sources now.
 *
 * @param rate - Images a second from each source, for all workers together.
 * @returns Milliseconds to wait before asking again; 0: they may, and it is noted.
 */
export async function reserve(
  redis: Redis,
  sources: Readonly<Record<string, number>>,
  rate: number,
): Promise<number> {
  const entries = Object.entries(sources);
  if (entries.length === 0) return 0;
  const costs = entries.map(([, images]) => Math.max(1, Math.ceil((1000 * images) / rate)));
  return Number(
    await redis.eval(RESERVE, entries.length, ...entries.map(([source]) => SOURCES + source), ...costs),
  );
}
