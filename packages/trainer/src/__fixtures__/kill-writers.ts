import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Random } from '@mint/internal';
import { FeatureCache } from '../features/feature-cache.js';
import { madeFeatures, imageHash, readEach } from './made-features.js';

const script = fileURLToPath(new URL('./cache-writer.ts', import.meta.url));

export interface Outcome {
  /** Images whose features are there after all kills. */
  readonly there: number;
  /** Wrong features read, by a writer or at the end. */
  readonly wrong: number;
}

/**
 * Lets several processes write and read one cache and kills them (SIGKILL) at random moments; each killed one is
 * followed by another. Then reads everything.
 */
export async function killWriters(
  folder: string,
  { kills, writers, images, seed }: { kills: number; writers: number; images: number; seed: number },
): Promise<Outcome> {
  const random = new Random(seed);
  let [left, wrong, next] = [kills, 0, 0];
  const lane = async () => {
    while (left > 0) {
      left -= 1;
      next += 1;
      const child = start(folder, seed + next, images);
      await once(child.stdout ?? child, 'data');
      await wait(10 + 250 * random.uniform());
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      if (child.exitCode === 3) wrong += 1;
      else if (child.signalCode !== 'SIGKILL') throw new Error(`a writer ended with exit code ${child.exitCode}`);
    }
  };
  await Promise.all(Array.from({ length: writers }, lane));
  const all = Array.from({ length: images }, (_, i) => i);
  const read = await readEach(new FeatureCache(folder, 'made'), all.map(imageHash));
  let there = 0;
  read.forEach((features, image) => {
    if (features === undefined) return;
    there += 1;
    const expected = madeFeatures(image);
    if (!features.every((value, i) => value === expected[i])) wrong += 1;
  });
  return { there, wrong };
}

function start(folder: string, seed: number, images: number): ChildProcess {
  const flags = ['--conditions=@mint/source', '--import', import.meta.resolve('tsx'), script];
  return spawn(process.execPath, [...flags, folder, String(seed), String(images)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
