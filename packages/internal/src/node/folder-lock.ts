import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { MintError } from '../error.js';
import { type Claim, isHeld, LEASE, ownClaim, readClaim } from './claim.js';
import { errorCode, writeFileAtomic } from './files.js';
import { startHeartbeat } from './heartbeat.js';

const FILE_NAME = /^\.lock-[0-9a-f]{12}\.json$/;
/** Milliseconds within which processes that start together settle who gets the folder. */
const PATIENCE = 1000;

/**
 * Claims a folder for this process, so that two runs do not write into each other's files: also from containers, and from other
 * hosts that share the folder.
 *
 * Every process writes a claim of its own (`.lock-<random>.json`: process, host, start) and has the folder only if it then
 * sees no other claim: of two processes at least one sees the other. The one whose claim has the later name withdraws it. The
 * claim of a process that has ended is removed; since no two claims share a name, removing one never removes another. Whether a
 * process of another container or host has ended, nobody can say: its claim is void a minute after its last sign of life, of
 * which it gives one every five seconds.
 *
 * @param onStale - Called with a note for each claim of a dead process.
 * @param onLost - Called when another process has taken the folder over, because this one was suspended for a minute, or could
 * not write there. It must not write into the folder any more. Default: nothing happens.
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
export async function lockFolder(
  folder: string,
  onStale?: (note: string) => void,
  onLost?: (error: MintError) => void,
): Promise<() => void> {
  const path = join(folder, `.lock-${randomBytes(6).toString('hex')}.json`);
  const text = JSON.stringify(ownClaim());
  let stopHeartbeat = () => {};
  const release = () => {
    process.off('exit', release);
    stopHeartbeat();
    rmSync(path, { force: true });
  };
  process.on('exit', release);
  try {
    await claimFolder(folder, path, text, onStale);
  } catch (error) {
    release();
    throw error;
  }
  stopHeartbeat = startHeartbeat(path, text, () => onLost?.(lost(folder)));
  return release;
}

/**
 * {@link lockFolder} for work that takes a moment: waits while another process has the folder.
 *
 * @param patience - Milliseconds after which it gives up. @defaultValue 60,000
 * @throws MintError `IN_USE`.
 */
export async function lockWhenFree(folder: string, patience = 60_000): Promise<() => void> {
  const deadline = Date.now() + patience;
  for (;;) {
    try {
      return await lockFolder(folder);
    } catch (error) {
      if (!MintError.isInstance(error) || error.code !== 'IN_USE' || Date.now() > deadline) throw error;
      await wait(50);
    }
  }
}

/** Writes a claim and waits until it is the only one. */
async function claimFolder(
  folder: string,
  path: string,
  text: string,
  onStale: ((note: string) => void) | undefined,
): Promise<void> {
  const deadline = Date.now() + PATIENCE;
  for (let claimed = false; ; ) {
    const other = await otherClaim(folder, path, onStale);
    if (other === undefined && claimed) return;
    if (other === undefined) {
      claimed = await written(path, text);
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
}

/** False when the holder has just removed temporary files, that of this claim among them. */
async function written(path: string, text: string): Promise<boolean> {
  try {
    await writeFileAtomic(path, text);
    return true;
  } catch (error) {
    if (MintError.isInstance(error) && errorCode(error.cause) === 'ENOENT') return false;
    throw error;
  }
}

/** A claim of another process that holds; removes those that do not. */
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
    if (await isHeld(path, claim)) return { ...claim, path };
    await rm(path, { force: true });
    onStale?.(
      `${folder}: process ${claim.pid} on ${claim.host}, which used it since ${claim.since}, has ended without releasing it; taken over.`,
    );
  }
  return undefined;
}

function inUse(folder: string, { pid, host, since, space }: Claim & { path: string }): MintError {
  const elsewhere =
    space === ownClaim().space && host === hostname()
      ? ''
      : ` It runs elsewhere: if it has ended, the folder is free ${LEASE / 1000} s after its last sign of life.`;
  return new MintError(
    'IN_USE',
    `${folder}: in use by process ${pid} on ${host} since ${since}; wait for it or choose another folder.${elsewhere}`,
  );
}

const lost = (folder: string): MintError =>
  new MintError(
    'IN_USE',
    `${folder}: another process has taken it over, because this one was suspended for more than ${LEASE / 1000} s or could not write there; start again.`,
  );
