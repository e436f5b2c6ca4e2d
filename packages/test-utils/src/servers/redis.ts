import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** Whether tests can start a server here: Debian's package redis-server has it. */
export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

/** Title of a test that needs Redis. It shows that the test is skipped if there is none. */
export const needsRedis = (title: string): string =>
  hasRedis ? title : `${title} (skipped: no redis-server)`;

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A Redis of a test. */
export interface RedisServer {
  readonly url: string;
  /** Ends it, with `SIGKILL` as a crash would, and starts it again on what its append-only file has. */
  readonly restart: (signal: NodeJS.Signals) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Starts a server with an append-only file on the loopback interface. */
export async function startRedis(folder: string): Promise<RedisServer> {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const settings = { port, bind: '127.0.0.1', dir: folder, appendonly: 'yes', save: '', loglevel: 'warning' };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const start = async () => {
    const server = spawn('redis-server', args, { stdio: 'ignore' });
    for (let tries = 0; tries < 200; tries++) {
      if (spawnSync('redis-cli', ['-p', String(port), 'ping'], { encoding: 'utf8' }).stdout === 'PONG\n')
        return server;
      await wait(25);
    }
    throw new Error('redis-server does not answer');
  };
  let server = await start();
  const end = async (signal: NodeJS.Signals) => {
    const closed = once(server, 'close');
    server.kill(signal);
    await closed;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    restart: async (signal) => {
      await end(signal);
      server = await start();
    },
    stop: () => end('SIGKILL'),
  };
}
