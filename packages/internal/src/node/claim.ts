import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { open, readFile, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { errorCode } from './files.js';

/** Who claims a folder. */
export interface Claim {
  readonly pid: number;
  readonly host: string;
  /** When the claim was made, ISO 8601. */
  readonly since: string;
  /** Distinguishes the process from a later one with the same number; empty where the system has no such value. */
  readonly birth: string;
  /** Where the process has its number: boot of the machine and PID namespace. Empty where the system has no such values. */
  readonly space: string;
}

/** Milliseconds from one sign of life in a claim to the next. */
export const BEAT = 5000;

/** Milliseconds without a sign of life after which a claim is void, if there is no better way to tell. */
export const LEASE = 60_000;

/** This process's claim, made now. */
export const ownClaim = (): Claim => ({
  pid: process.pid,
  host: hostname(),
  since: new Date().toISOString(),
  birth: birthOf(process.pid),
  space: spaceOfProcesses(),
});

/** Undefined when the file was just removed. A claim that cannot be understood may belong to anyone. */
export async function readClaim(path: string): Promise<Claim | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const { pid, host, since, birth, space } = JSON.parse(text);
    return {
      pid: Number(pid),
      host: String(host),
      since: String(since),
      birth: String(birth),
      space: String(space),
    };
  } catch {
    return {
      pid: Number.NaN,
      host: 'an unknown host',
      since: 'an unknown time',
      birth: '',
      space: 'unknown',
    };
  }
}

/**
 * Whether a claim holds. Of processes with numbers of the same space the system says which are alive. A number of another
 * container or host means nothing here, however the host is called: such a claim holds while its file shows signs of life.
 */
export async function isHeld(path: string, claim: Claim): Promise<boolean> {
  if (claim.space === spaceOfProcesses() && claim.host === hostname()) {
    if (!isAlive(claim.pid)) return false;
    const birth = birthOf(claim.pid);
    // Where a process cannot be told from a later one with its number, signs of life decide.
    if (birth !== '' && claim.birth !== '') return birth === claim.birth;
  }
  return (await silence(path)) < LEASE;
}

/** Milliseconds since a claim's last sign of life, by the clock of the file system: hosts' clocks differ. */
async function silence(path: string): Promise<number> {
  const probe = join(dirname(path), `.${randomBytes(6).toString('hex')}.part`);
  try {
    return (await writtenAt(probe)) - (await stat(path)).mtimeMs;
  } catch (error) {
    // The claim was just removed, or the folder.
    if (errorCode(error) === 'ENOENT') return Number.POSITIVE_INFINITY;
    throw error;
  } finally {
    await rm(probe, { force: true });
  }
}

/** When a new file was written; others may remove it meanwhile. */
async function writtenAt(path: string): Promise<number> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile('now');
    return (await file.stat()).mtimeMs;
  } finally {
    await file.close();
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

/** Linux: the boot and the PID namespace in which process numbers have a meaning. */
function spaceOfProcesses(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return '';
  }
}
