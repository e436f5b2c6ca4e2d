import type { Message } from './message.js';

/** Flags of commands that send their decisions to others. */
export interface MessageFlags {
  /** Address of an MQTT broker, such as `mqtt://plant:1883`. */
  readonly mqtt?: string | undefined;
  /** Topics begin with it. Default: `mint/<station>`. */
  readonly mqttTopic?: string | undefined;
  /** Obeys commands that come by MQTT. */
  readonly mqttCommands?: boolean | undefined;
  /** Address that gets each decision by POST. */
  readonly webhook?: string | undefined;
  /** File of the secret that signs them. */
  readonly webhookSecret?: string | undefined;
  /** Name of the station. Default: the name of the machine. */
  readonly station?: string | undefined;
}

/** What a command that came by MQTT does. Gives what is answered. */
export type Obey = (command: Readonly<Record<string, unknown>>) => Promise<object>;

/** A way to send. */
export interface Way {
  /** Resolves when the other side has it. @throws Error when it is given up. */
  readonly send: (message: Message) => Promise<void>;
  readonly close: () => Promise<void>;
}
