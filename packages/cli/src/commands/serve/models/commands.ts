import { z } from 'zod';
import type { Obey } from '../../../messages/types.js';
import type { ModelSwitch } from './switch.js';

/** Commands by MQTT; the broker decides who may send them. */
const COMMAND = z.discriminatedUnion('command', [
  z.object({ command: z.literal('activate'), model: z.string(), version: z.string() }),
  z.object({ command: z.literal('rollback'), model: z.string() }),
]);

/** Obeys commands about models; the audit says that they came by MQTT. */
export function obeyBy(changes: Pick<ModelSwitch, 'activate' | 'rollBack'>): Obey {
  return async (fields) => {
    const asked = COMMAND.safeParse(fields);
    if (!asked.success)
      throw new Error(
        'expected {"command": "activate", "model": …, "version": …} or {"command": "rollback", "model": …}',
      );
    const { data } = asked;
    if (data.command === 'rollback') return { active: await changes.rollBack(data.model, 'mqtt') };
    return { active: await changes.activate({ name: data.model, version: data.version }, 'mqtt') };
  };
}
