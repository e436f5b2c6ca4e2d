import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { MintError } from '../error.js';
import { errorCode, writeFileAtomic } from './files.js';

/** Who claims a folder. */
interface Claim {
  readonly pid: number;
  readonly host: string;
  /** When the claim was made, ISO 8601. */
  readonly since: string;
  /** Distinguishes the process from a later one with the same number; empty where the system has no such value. */
  readonly birth: string;
}

const FILE_NAME = /^\.lock-[0-9a-f]{12}\.json$/;
/** Milliseconds within which processes that start together settle who gets the folder. */
const PATIENCE = 1000;

/**
 * Claims a folder for this process, so that two runs do not write into each other's files.
 *
 * Every process writes a claim of its own (`.lock-<random>.json`: process, host, start) and has the folder only if it then
 * sees no other claim: of two processes at least one sees the other. The one whose claim has the later name withdraws it. A
 * claim whose process has ended is removed; since no two claims share a name, removing one never removes another.
 *
 * @param onStale - Called with a note for each claim of a dead process.
 * @returns A function that releases the folder. So does the end of the process, unless it is killed.
 * @throws MintError `IN_USE` naming the process that holds the folder.
 *
 * @example
 * ```ts
 * import { lockFolder } from '@mint/trainer';
 *
 * const release = await lockFolder('runs/bolts');
 * console.log(await lockFolder('runs/bolts').catch(({ code }) => code)); // IN_USE
 * release();
 * ```
 */
export async function lockFolder(folder: string, onStale?: (note: string) => void): Promise<() => void> {
  const path = join(folder, `.lock-${randomBytes(6).toString('hex')}.json`);
  const claim: Claim = {
    pid: process.pid,
    host: hostname(),
    since: new Date().toISOString(),
    birth: birthOf(process.pid),
  };
  const release = () => {
    process.off('exit', release);
    rmSync(path, { force: true });
  };
  process.on('exit', release);
  const deadline = Date.now() + PATIENCE;
  let claimed = false;
  try {
    for (;;) {
      const other = await otherClaim(folder, path, onStale);
      if (other === undefined && claimed) return release;
      if (other === undefined) {
        // The holder may be removing temporary files, that of this claim among them.
        claimed = await writeFileAtomic(path, JSON.stringify(claim)).then(
          () => true,
          (error: unknown) => {
            if (errorCode(error) === 'ENOENT') return false;
            throw error;
          },
        );
        continue;
      }
      if (claimed && path > other.path) {
        await rm(path, { force: true });
        claimed = false;
      }
      const held = Date.now() - Date.parse(other.since) > PATIENCE;
      if (held || Date.now() > deadline) throw inUse(folder, other);
      await wait(20);
    }
  } catch (error) {
    release();
    throw error;
  }
}

/** A claim of another living process; removes those of dead ones. */
async function otherClaim(
  folder: string,
  own: string,
  onStale: ((note: string) => void) | undefined,
): Promise<(Claim & { path: string }) | undefined> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (!FILE_NAME.test(name) || path === own) continue;
    const claim = await readClaim(path);
    if (claim === undefined) continue;
    if (claim.host !== hostname() || (isAlive(claim.pid) && birthOf(claim.pid) === claim.birth))
      return { ...claim, path };
    await rm(path, { force: true });
    onStale?.(
      `${folder}: process ${claim.pid}, which used it since ${claim.since}, has ended without releasing it; taken over.`,
    );
  }
  return undefined;
}

function inUse(folder: string, { pid, host, since, path }: Claim & { path: string }): MintError {
  const elsewhere = host === hostname() ? '' : ` If that process has ended, remove ${path}.`;
  return new MintError(
    'IN_USE',
    `${folder}: in use by process ${pid} on ${host} since ${since}; wait for it or choose another folder.${elsewhere}`,
  );
}

/** Undefined when the file was just removed. A claim that cannot be read may belong to anyone. */
async function readClaim(path: string): Promise<Claim | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const { pid, host, since, birth } = JSON.parse(text);
    return { pid: Number(pid), host: String(host), since: String(since), birth: String(birth) };
  } catch {
    return { pid: Number.NaN, host: 'an unknown host', since: 'an unknown time', birth: '' };
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user answers EPERM.
    return errorCode(error) === 'EPERM';
  }
}

/** Linux: start of the process, in clock ticks since boot. Process numbers are reused, in containers at once. */
function birthOf(pid: number): string {
  try {
    // The name in brackets may contain anything; after it, the state is field 3 and the start is field 22.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return fields[0] === 'Z' ? 'ended' : (fields[19] ?? '');
  } catch {
    return '';
  }
}
