import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** Folder of PostgreSQL's programs, where Debian's package and others put them. */
const programs = [
  process.env.POSTGRES_BIN,
  ...(existsSync('/usr/lib/postgresql')
    ? readdirSync('/usr/lib/postgresql').map((version) => `/usr/lib/postgresql/${version}/bin`)
    : []),
].find((folder) => folder !== undefined && existsSync(join(folder, 'initdb')));

/** Whether tests can start a server here. */
export const hasPostgres = programs !== undefined;

/** Title of a test that needs PostgreSQL. It shows that the test is skipped if there is none. */
export const needsPostgres = (title: string): string =>
  hasPostgres ? title : `${title} (skipped: no PostgreSQL)`;

/** PostgreSQL refuses to run as root: there, it runs as the user that its package makes. */
const asUser = (program: string, args: readonly string[]): [string, string[]] =>
  process.getuid?.() === 0
    ? ['setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', program, ...args]]
    : [program, [...args]];

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Starts a server with an empty database on the loopback interface. `folder` must not exist; its parent is open to everybody. */
export async function startPostgres(folder: string): Promise<{ url: string; stop: () => Promise<void> }> {
  if (programs === undefined) throw new Error('no PostgreSQL here');
  const [init, initArgs] = asUser(join(programs, 'initdb'), ['-D', folder, '-U', 'mint', '-A', 'trust', '-N']);
  const made = spawnSync(init, initArgs, { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
  const port = await freePort();
  const options = ['-D', folder, '-h', '127.0.0.1', '-p', String(port), '-k', '', '-c', 'fsync=off'];
  const [start, startArgs] = asUser(join(programs, 'postgres'), options);
  const server = spawn(start, startArgs, { stdio: ['ignore', 'ignore', 'pipe'] });
  const closed = once(server, 'close');
  let log = '';
  for await (const chunk of server.stderr) {
    log += chunk;
    if (log.includes('ready to accept connections')) break;
  }
  if (!log.includes('ready to accept connections')) throw new Error(`postgres: ${log}`);
  return {
    url: `postgres://mint:secret@127.0.0.1:${port}/postgres`,
    stop: async () => {
      server.kill('SIGINT');
      await closed;
    },
  };
}
