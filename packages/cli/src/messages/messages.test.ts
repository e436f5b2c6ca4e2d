import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { connect, createServer as createGate, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@mint/test-utils';
import mqtt from 'mqtt';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Recordable } from '../scoring/recorder.js';
import { freePort, hasBroker, needsBroker, startBroker, stopBroker } from './__fixtures__/broker.js';
import { MESSAGE, type Message, messageOf, messageSchema } from './message.js';
import { openPublisher } from './publisher.js';
import { openWebhook } from './webhook.js';

const work = temporaryFolder();
const said: string[] = [];
const say = (text: string) => void said.push(text);
afterEach(() => said.splice(0));

const item: Recordable = {
  source: 'part-1.png',
  imageHash: 'a'.repeat(64),
  decision: {
    decision: 'alarm',
    class: 'nut',
    score: 3.5,
    p: 0.01,
    regions: Array.from({ length: 12 }, () => ({
      box: [1, 2, 3, 4] as const,
      area: 12,
      areaPercent: 0.5,
      extent: 5,
      peak: 4,
      mean: 3,
      outline: [],
    })),
  },
  milliseconds: 24,
  model: { name: 'parts', version: '3', hash: 'c0ffee', scoring: 'c0' },
};
const message = (id: number): Message => messageOf(item, { id, station: 'line-3' });

test('a message is what its schema says, and the schema in the docs is this one', async () => {
  expect(MESSAGE.parse(JSON.parse(JSON.stringify(message(7))))).toMatchObject({
    schema: 'mint.decision.1',
    id: 7,
    station: 'line-3',
    decision: 'alarm',
    class: 'nut',
    model: { version: 'parts/3', hash: 'c0ffee' },
  });
  expect(message(7).regions).toHaveLength(10);
  expect(messageOf(item, { id: undefined, station: 'a' }).id).toBeNull();
  const published = fileURLToPath(
    new URL('../../../../docs/public/decision-message.schema.json', import.meta.url),
  );
  expect(JSON.parse(await readFile(published, 'utf8'))).toEqual(messageSchema());
});

describe('webhook', () => {
  const SECRET = 'a secret of the plant';
  let server: Server;

  /** A server that answers with these statuses, the last one again and again. */
  async function listen(...statuses: number[]) {
    const got: { headers: IncomingHttpHeaders; body: string }[] = [];
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        got.push({ headers: request.headers, body });
        response.writeHead((statuses.length > 1 ? statuses.shift() : statuses[0]) ?? 200).end();
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const secret = join(work.path, 'secret');
    await writeFile(secret, `${SECRET}\n`);
    const way = await openWebhook(`http://127.0.0.1:${address.port}/hook?key=1`, secret, say, 5);
    return { got, way };
  }

  test('comes in order, once each, signed; failures are tried again', async () => {
    const { got, way } = await listen(500, 429, 200);
    await Promise.all([1, 2, 3].map((id) => way.send(message(id))));
    await way.close();
    expect(got.map(({ body }) => JSON.parse(body).id)).toEqual([1, 1, 1, 2, 3]);
    const deliveries = got.map(({ headers }) => headers['x-mint-delivery']);
    expect(new Set(deliveries.slice(0, 3)).size).toBe(1); // the same delivery, so that it can be told from another decision
    expect(new Set(deliveries).size).toBe(3);
    for (const { headers, body } of got) {
      const timestamp = String(headers['x-mint-timestamp']);
      expect(Math.abs(Date.now() / 1000 - Number(timestamp))).toBeLessThan(60);
      const expected = createHmac('sha256', SECRET).update(`${timestamp}.${body}`).digest('hex');
      expect(
        timingSafeEqual(Buffer.from(String(headers['x-mint-signature'])), Buffer.from(`sha256=${expected}`)),
      ).toBe(true);
    }
    // The query may grant access, so it is not said.
    expect(said).toEqual([
      expect.stringMatching(/^webhook 127\.0\.0\.1:\d+: status 500; it is tried again$/),
    ]);
  });

  test('what is never taken is given up and counted, and holds up nothing', async () => {
    const { got, way } = await listen(400, 200);
    await expect(way.send(message(1))).rejects.toThrow(/status 400/);
    await way.send(message(2));
    expect(got).toHaveLength(2);
    await way.close();
  });

  test('addresses and secrets that cannot be used are refused at the start', async () => {
    await expect(openPublisher({ webhook: 'ftp://a' }, say)).rejects.toThrow(
      /expected an http or https address/,
    );
    await writeFile(join(work.path, 'short'), 'short');
    const flags = { webhook: 'http://a.example', webhookSecret: join(work.path, 'short') };
    await expect(openPublisher(flags, say)).rejects.toThrow(/at least 16 characters/);
    await expect(openPublisher({ webhookSecret: 'a' }, say)).rejects.toThrow(/needs --webhook/);
    await expect(openPublisher({ mqttCommands: true }, say)).rejects.toThrow(/need --mqtt/);
    expect(await openPublisher({}, say)).toBeUndefined();
  });
});

describe.skipIf(!hasBroker)(needsBroker('MQTT'), () => {
  test('decisions, a retained state with a last will, commands, and a broker that goes and comes back', async () => {
    const port = await freePort();
    const address = `mqtt://127.0.0.1:${port}`;
    await expect(openPublisher({ mqtt: `mqtt://127.0.0.1:${port}` }, say)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    let broker = await startBroker(work.path, port);
    onTestFinished(() => stopBroker(broker).catch(() => {}));
    const publisher = await openPublisher({ mqtt: address, mqttCommands: true, station: 'line/3' }, say);
    await publisher?.obey(async ({ command }) => {
      if (command !== 'rollback') throw new Error('unknown command');
      return { active: 'parts/2' };
    });
    const got: [topic: string, body: { id?: unknown; state?: string; ok?: boolean }][] = [];
    const plant = await mqtt.connectAsync(address, { reconnectPeriod: 50 });
    plant.on('message', (topic, payload) => {
      if (!topic.endsWith('/command')) got.push([topic, JSON.parse(String(payload))]);
    });
    await plant.subscribeAsync('mint/line-3/#', { qos: 1 });
    const bodies = (topic: string) =>
      got.filter(([name]) => name === `mint/line-3/${topic}`).map(([, body]) => body);
    await expect.poll(() => bodies('state')).toEqual([expect.objectContaining({ state: 'online' })]);

    publisher?.publish(message(1));
    await expect
      .poll(() => bodies('decision'))
      .toEqual([expect.objectContaining({ id: 1, decision: 'alarm' })]);
    for (const body of ['{"command": "rollback", "id": 5}', '{"command": "reboot", "id": 6}', 'no JSON'])
      plant.publish('mint/line-3/command', body);
    await expect.poll(() => bodies('reply')).toHaveLength(3);
    expect(bodies('reply')).toEqual(
      expect.arrayContaining([
        { id: 5, ok: true, active: 'parts/2' },
        { id: 6, ok: false, error: expect.stringContaining('unknown command') },
        { ok: false, error: expect.any(String) },
      ]),
    );

    // The plant's broker restarts: what is decided meanwhile is sent when it is back.
    await stopBroker(broker);
    await sleep(50);
    publisher?.publish(message(2));
    broker = await startBroker(work.path, port);
    await expect.poll(() => bodies('decision').map(({ id }) => id), { timeout: 20_000 }).toContain(2);
    expect(said.join()).toMatch(/is lost, and tried again/);
    await publisher?.close();
    await expect.poll(() => bodies('state').at(-1)).toMatchObject({ state: 'offline' });
    expect(publisher?.dropped()).toBe(0);
    await plant.endAsync();
  });
});

describe.skipIf(!hasBroker)(needsBroker('the last will'), () => {
  test('tells the plant that a station is gone, now and later, and that it is back', async () => {
    const port = await freePort();
    const broker = await startBroker(work.path, port);
    onTestFinished(() => stopBroker(broker));
    const address = `mqtt://127.0.0.1:${port}`;
    // The station's way to the broker.
    const sockets = new Set<Socket>();
    let isCut = false;
    const gate = createGate((near) => {
      if (isCut) return void near.destroy();
      const far = connect(port, '127.0.0.1');
      for (const [from, to] of [[near, far] as const, [far, near] as const]) {
        sockets.add(from);
        from.on('data', (data) => to.write(data));
        from.on('error', () => {});
        from.on('close', () => to.destroy());
      }
    }).listen(0, '127.0.0.1');
    await once(gate, 'listening');
    onTestFinished(() => void gate.close());
    const place = gate.address();
    const way = `mqtt://127.0.0.1:${typeof place === 'object' ? place?.port : ''}`;
    const publisher = await openPublisher({ mqtt: way, station: 'line-3' }, say);
    const statesAt = async () => {
      const states: unknown[] = [];
      const plant = await mqtt.connectAsync(address);
      onTestFinished(() => plant.endAsync(true));
      plant.on('message', (_, payload) => states.push(JSON.parse(String(payload)).state));
      await plant.subscribeAsync('mint/line-3/state', { qos: 1 });
      return states;
    };
    const states = await statesAt();
    await expect.poll(() => states).toEqual(['online']);
    // The station takes no leave.
    isCut = true;
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => states, { timeout: 10_000 }).toEqual(['online', 'offline']);
    const later = await statesAt();
    await expect.poll(() => later).toEqual(['offline']);
    isCut = false;
    await expect.poll(() => states.at(-1), { timeout: 20_000 }).toBe('online');
    await publisher?.close();
  });
});

test('topics and addresses that MQTT does not have are refused', async () => {
  await expect(openPublisher({ mqtt: 'http://plant' }, say)).rejects.toThrow(
    /expected an address such as mqtt:/,
  );
  await expect(openPublisher({ mqtt: 'mqtt://127.0.0.1:1', mqttTopic: 'a/#' }, say)).rejects.toThrow(
    /without \+ and #/,
  );
});
