/**
 * Power cuts on a real file system: `node --conditions=@mint/source --import tsx slow/power-cuts.ts [cuts]` as root, on Linux with
 * loop devices and ext4. A process writes models into an ext4 file system that lies in a file. At random moments the process is
 * stopped and the file is copied: the copy holds what had reached the disk, and nothing of what was still in memory. Mounted, it
 * must hold the model that was last said to be written, or the one after it. With `--no-sync` files and folders are not synced, and
 * cuts must then be found that lose models: a check of this check.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Random } from '@mint/internal';
import { startWriter, versionIn } from '../src/__fixtures__/kill-writers.js';

const noSync = process.argv.includes('--no-sync');
const cuts = Number(process.argv.slice(2).find((arg) => /^\d+$/.test(arg)) ?? 200);
const IMAGE_BYTES = 2 ** 24;
const run = (command: string, ...args: string[]) =>
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });

/** Fills the disk while models are written, until there is no room for the next: the last one must still be there. */
async function fillDisk({ child, written }: ReturnType<typeof startWriter>): Promise<void> {
  const ended = once(child, 'exit');
  let filler = Buffer.alloc(2 ** 20);
  for (let i = 0; child.exitCode === null && filler.length > 0; i++) {
    await writeFile(join(disk, `filler-${i}`), filler, { flush: true }).catch(() => {
      filler = filler.subarray(0, filler.length >> 1);
    });
  }
  await ended;
  const found = await versionIn(join(disk, 'a', 'model'));
  console.log(
    `full disk: the writer has ended with ${child.exitCode}, version ${written()} was written, ${found} is there`,
  );
  if (found !== written()) wrong.push(`full disk: ${found}, but version ${written()} was written`);
}

const work = await mkdtemp(join(tmpdir(), 'mint-cut-'));
const [image, copy] = [join(work, 'disk'), join(work, 'copy')];
const [disk, after] = [join(work, 'mounted'), join(work, 'after')];
if (noSync) process.env.NODE_OPTIONS = `--import=${new URL('./no-sync.mjs', import.meta.url).href}`;
const random = new Random(0);
const wrong: string[] = [];
let writer: ReturnType<typeof startWriter> | undefined;
const began = performance.now();
try {
  await writeFile(image, '');
  await truncate(image, IMAGE_BYTES);
  run('mkfs.ext4', '-q', '-F', image);
  await Promise.all([mkdir(disk), mkdir(after)]);
  run('mount', '-o', 'loop', image, disk);
  writer = startWriter(join(disk, 'a', 'model'), 0);
  await writer.ready;
  for (let cut = 0; cut < cuts; cut++) {
    await wait(300 * random.uniform());
    writer.child.kill('SIGSTOP');
    // What the process had said before it stopped has arrived.
    await wait(20);
    const said = writer.written();
    await copyFile(image, copy);
    run('mount', '-o', 'loop', copy, after);
    const found = await versionIn(join(after, 'a', 'model'));
    run('umount', after);
    writer.child.kill('SIGCONT');
    if (found !== said && found !== said + 1)
      wrong.push(`cut ${cut}: ${found}, but version ${said} was written`);
  }
  if (!noSync) await fillDisk(writer);
  for (const line of wrong.slice(0, 5)) console.log(`${noSync ? 'as expected' : 'FAILED'} ${line}`);
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(
    JSON.stringify({ cuts, synced: !noSync, versions: writer.written() + 1, wrong: wrong.length, seconds }),
  );
  if (noSync ? wrong.length === 0 : wrong.length > 0) process.exitCode = 1;
} finally {
  if (writer !== undefined) {
    if (writer.child.kill('SIGKILL')) await once(writer.child, 'close');
  }
  run('umount', disk);
  await rm(work, { recursive: true });
}
