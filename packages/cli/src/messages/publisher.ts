import { hostname } from 'node:os';
import { MintError, oneLine } from '@mint/internal';
import type { ModelId } from '../scoring/model-id.js';
import type { Recordable } from '../scoring/recorder.js';
import { type Message, messageOf } from './message.js';
import type { MessageFlags, Obey, Way } from './types.js';

/** Sends decisions to others. It never waits: a plant that does not listen must not stop the inspection. */
export interface Publisher {
  readonly station: string;
  readonly publish: (message: Message) => void;
  /** Commands that come from now on are obeyed. */
  readonly obey: (work: Obey) => Promise<void>;
  /** Decisions that were not sent. */
  readonly dropped: () => number;
  /** Sends what waits, for a few seconds, and ends. */
  readonly close: () => Promise<void>;
}

/** Sends one model's decisions to others. */
export interface ModelPublisher {
  /** @param id - Number in the record, where there is one. */
  readonly publish: (item: Omit<Recordable, 'model'>, id: number | undefined) => void;
}

export const publisherOf = ({ publish, station }: Publisher, model: ModelId): ModelPublisher => ({
  publish: (item, id) => publish(messageOf({ ...item, model }, { id, station })),
});

/** Decisions that wait to be sent; more are dropped and counted. */
const MOST_WAITING = 1_000;

/** Opens the ways that the flags name; undefined when they name none. @throws MintError for addresses and files that do not work. */
export async function openPublisher(
  flags: MessageFlags,
  say: (text: string) => void,
): Promise<Publisher | undefined> {
  const { mqtt: broker, webhook, station = hostname() } = flags;
  if (broker === undefined && (flags.mqttTopic !== undefined || flags.mqttCommands))
    throw new MintError('INVALID_ARGUMENT', '--mqtt-topic and --mqtt-commands need --mqtt <address>.');
  if (webhook === undefined && flags.webhookSecret !== undefined)
    throw new MintError('INVALID_ARGUMENT', '--webhook-secret needs --webhook <address>.');
  if (broker === undefined && webhook === undefined) return undefined;
  const mqtt =
    broker === undefined
      ? undefined
      : await (await import('./mqtt.js')).openMqtt(broker, { ...flags, station }, say);
  const hook =
    webhook === undefined
      ? undefined
      : await (await import('./webhook.js')).openWebhook(webhook, flags.webhookSecret, say);
  const ways: Way[] = [mqtt, hook].filter((way) => way !== undefined);
  let dropped = 0;
  const drop = (why: string) => {
    if (dropped === 0) say(`a decision was not sent, and the work goes on: ${why}; further ones are counted`);
    dropped += 1;
  };
  const queues = ways.map((way) => {
    let waiting = 0;
    return (message: Message) => {
      if (waiting >= MOST_WAITING) return drop(`${MOST_WAITING} others wait`);
      waiting += 1;
      way
        .send(message)
        .catch((error) => drop(oneLine(error)))
        .finally(() => {
          waiting -= 1;
        });
    };
  });
  return {
    station,
    publish: (message) => {
      for (const queue of queues) queue(message);
    },
    obey: async (work) => await mqtt?.obey(work),
    dropped: () => dropped,
    close: async () => {
      await Promise.all(ways.map(({ close }) => close()));
      if (dropped > 0) say(`${dropped} decisions were not sent`);
    },
  };
}
