import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** Where Debian's package puts it. */
const MOSQUITTO = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto'].find(existsSync);

/** Whether tests can start a broker here. */
export const hasBroker = MOSQUITTO !== undefined;

/** Title of a test that needs a broker. It shows that the test is skipped if there is none. */
export const needsBroker = (title: string): string => (hasBroker ? title : `${title} (skipped: no mosquitto)`);

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Starts a broker on the loopback interface. */
export async function startBroker(folder: string, port: number): Promise<ChildProcess> {
  if (MOSQUITTO === undefined) throw new Error('no mosquitto here');
  const config = join(folder, 'mosquitto.conf');
  await writeFile(config, `listener ${port} 127.0.0.1\nallow_anonymous true\n`);
  const child = spawn(MOSQUITTO, ['-c', config, '-v'], { stdio: ['ignore', 'ignore', 'pipe'] });
  for await (const chunk of child.stderr) if (String(chunk).includes('running')) break;
  child.stderr.resume();
  return child;
}

export async function stopBroker(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
