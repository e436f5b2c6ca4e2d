import { MintError, oneLine } from '@mint/internal';
import mqtt from 'mqtt';
import type { MessageFlags, Obey, Way } from './types.js';

/** Milliseconds for the first connection, and for what waits when the station ends. */
const PATIENCE = 10_000;
const LAST_WORDS = 3_000;
/** Milliseconds from a lost connection to the next try. */
const AGAIN = 1_000;
/** Bytes of a command. */
const MOST_BYTES = 10_000;

/** MQTT, and the commands that come by it. */
export interface Mqtt extends Way {
  readonly obey: (work: Obey) => Promise<void>;
}

/**
 * Connects to a broker. Decisions go to `<topic>/decision`; `<topic>/state` holds `online` or, by the last will, `offline`, and is
 * retained. A lost connection is tried again, and decisions wait for it.
 *
 * @throws MintError `INVALID_ARGUMENT` for an address or a topic that MQTT does not have, `UNAVAILABLE` when no broker answers.
 */
export async function openMqtt(
  address: string,
  {
    station,
    mqttTopic = `mint/${topicPart(station)}`,
    mqttCommands = false,
  }: MessageFlags & { readonly station: string },
  say: (text: string) => void,
): Promise<Mqtt> {
  if (!/^(mqtts?|wss?):\/\/\S+$/.test(address) || !URL.canParse(address))
    throw new MintError(
      'INVALID_ARGUMENT',
      `--mqtt: expected an address such as mqtt://plant:1883 or mqtts://plant:8883.`,
    );
  if (/[+#\0]/.test(mqttTopic) || mqttTopic === '')
    throw new MintError('INVALID_ARGUMENT', `--mqtt-topic ${mqttTopic}: expected a topic without + and #.`);
  const { host } = new URL(address);
  const state = (text: 'online' | 'offline') =>
    JSON.stringify({ state: text, station, time: new Date().toISOString() });
  const kept = { qos: 1, retain: true } as const;
  const client = mqtt.connect(withPassword(address), {
    reconnectPeriod: AGAIN,
    connectTimeout: PATIENCE,
    will: { topic: `${mqttTopic}/state`, payload: Buffer.from(state('offline')), ...kept },
  });
  await connected(client).catch((error) => {
    client.end(true);
    throw new MintError('UNAVAILABLE', `--mqtt: ${host}: ${oneLine(error)}.`, { cause: error });
  });
  await client.publishAsync(`${mqttTopic}/state`, state('online'), kept);
  let isLost = false;
  client.on('close', () => {
    if (!isLost && !client.disconnecting) say(`the connection to ${host} is lost, and tried again`);
    isLost = true;
  });
  client.on('connect', () => {
    if (isLost) say(`connected to ${host} again`);
    isLost = false;
    client.publish(`${mqttTopic}/state`, state('online'), kept);
  });
  client.on('error', (error) => say(`${host}: ${oneLine(error)}`));
  return {
    send: async (message) =>
      void (await client.publishAsync(`${mqttTopic}/decision`, JSON.stringify(message), { qos: 1 })),
    async obey(work) {
      if (!mqttCommands) return;
      client.on('message', (topic, payload) => {
        if (topic !== `${mqttTopic}/command`) return;
        void answerTo(payload, work).then((answer) =>
          client.publish(`${mqttTopic}/reply`, JSON.stringify(answer), { qos: 1 }),
        );
      });
      await client.subscribeAsync(`${mqttTopic}/command`, { qos: 1 });
    },
    async close() {
      if (client.connected) {
        const timer = setTimeout(() => client.end(true), LAST_WORDS);
        await client.publishAsync(`${mqttTopic}/state`, state('offline'), kept).catch(() => {});
        clearTimeout(timer);
      }
      await client.endAsync(!client.connected);
    },
  };
}

/** With the password from the environment: addresses show in the list of processes. */
function withPassword(address: string): string {
  const url = new URL(address);
  const password = process.env.MINT_MQTT_PASSWORD;
  if (password !== undefined) url.password = password;
  return url.href;
}

function connected(client: mqtt.MqttClient): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no broker answers')), PATIENCE);
    client.once('connect', () => {
      clearTimeout(timer);
      resolve();
    });
    client.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}

/** Does what a command says. The answer repeats its `id`, if it has one. */
async function answerTo(payload: Uint8Array, work: Obey): Promise<object> {
  let id: unknown;
  try {
    if (payload.length > MOST_BYTES) throw new Error(`expected at most ${MOST_BYTES} bytes`);
    const command: unknown = JSON.parse(new TextDecoder().decode(payload));
    if (typeof command !== 'object' || command === null) throw new Error('expected a JSON object');
    const fields = { ...command } as Readonly<Record<string, unknown>>;
    id = fields.id;
    return { id, ok: true, ...(await work(fields)) };
  } catch (error) {
    return { id, ok: false, error: oneLine(error) };
  }
}

/** A name as one level of a topic. */
const topicPart = (name: string): string => name.replaceAll(/[/+#\0\s]/g, '-');
