/**
 * Two hundred killed writers, and a disk that really fills up: `pnpm --filter @mint/trainer test:slow`.
 * Ends with exit code 1 when a wrong feature was read. The full disk needs the right to mount a tmpfs (root).
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MintError } from '@mint/internal';
import { killWriters } from '../src/__fixtures__/kill-writers.js';
import { imageHash, madeFeatures, readEach, SHAPE } from '../src/__fixtures__/made-features.js';
import { pruneCache, verifyCache } from '../src/features/cache-folder.js';
import { FeatureCache } from '../src/features/feature-cache.js';

const folder = await mkdtemp(join(tmpdir(), 'mint-cache-slow-'));
let failed = false;
const report = (what: string, right: boolean, details: object) => {
  failed ||= !right;
  console.log(`${right ? 'ok    ' : 'FAILED'} ${what} ${JSON.stringify(details)}`);
};
try {
  const kills = 200;
  const outcome = await killWriters(folder, { kills, writers: 4, images: 500, seed: 0 });
  const left = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.part')).length;
  const verified = await verifyCache(folder);
  report(
    `${kills} kills of 4 processes`,
    outcome.wrong === 0 && outcome.there > 0 && verified.damaged.length === 0,
    {
      ...outcome,
      stored: verified.images,
      halfWrittenFilesLeft: left,
    },
  );
  await fullDisk(join(folder, 'small-disk'));
} finally {
  await rm(folder, { recursive: true });
}
process.exitCode = failed ? 1 : 0;

/** Fills a disk of 1 MiB, makes room, and fills it again. */
async function fullDisk(disk: string): Promise<void> {
  try {
    execFileSync('mkdir', [disk]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk], { stdio: 'pipe' });
  } catch (error) {
    console.log(`skipped: no small disk (${String(error).split('\n')[0]})`);
    return;
  }
  try {
    const cache = new FeatureCache(disk, 'made', { shardBytes: 60_000 });
    let full = 0;
    for (let image = 0; image < 2000; image++) {
      try {
        await cache.write(imageHash(image), madeFeatures(image), SHAPE);
      } catch (error) {
        if (!MintError.isInstance(error) || error.code !== 'DISK_FULL') throw error;
        full += 1;
      }
    }
    const images = Array.from({ length: 2000 }, (_, i) => i);
    const read = await readEach(new FeatureCache(disk, 'made'), images.map(imageHash));
    const there = images.filter((image) => read[image] !== undefined);
    const wrong = there.filter((i) => madeFeatures(i).some((value, at) => value !== read[i]?.[at]));
    const { damaged } = await verifyCache(disk);
    const { removed } = await pruneCache(disk, { unusedDays: 0 });
    const again = await cache.write(imageHash(0), madeFeatures(0), SHAPE).then(() => cache.flush());
    report('a disk of 1 MiB', full > 0 && there.length > 100 && wrong.length === 0 && damaged.length === 0, {
      timesFull: full,
      there: there.length,
      wrong: wrong.length,
      damaged: damaged.length,
      removed: removed.length,
      again,
    });
  } finally {
    execFileSync('umount', [disk]);
  }
}
