import { type Fleet, openFleet } from '@mint/fleet';
import type { CommandContext } from '../../shell/context.js';
import { version } from '../../version.js';
import type { RedisFlags } from './flags.js';

/** Connects to Redis for one command. */
export async function withFleet<T>(
  { redis }: RedisFlags,
  { progress }: CommandContext,
  run: (fleet: Fleet) => Promise<T>,
): Promise<T> {
  const fleet = await openFleet(redis, { version, say: progress.say });
  try {
    for (const note of await fleet.notes()) progress.say(`note: ${note}`);
    return await run(fleet);
  } finally {
    await fleet.close();
  }
}
