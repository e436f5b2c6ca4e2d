import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { flags } from '@examples/shared';
import * as tf from '@tensorflow/tfjs-core';

/** Writes the rows of a measurement to `examples/results/`, after each of them. */
export async function writeTable(name: string, dataset: string, rows: readonly object[]): Promise<void> {
  const file = {
    measurement: name,
    dataset,
    command: `npx pnpm --filter @examples/models ${name}${given('data')}${given('weights')}`,
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus()[0]?.model.trim()}, ${cpus().length} cores; Node ${process.version}`,
    backend: tf.getBackend(),
    rows,
  };
  const path = fileURLToPath(new URL(`../results/${name}-images.json`, import.meta.url));
  await writeFile(path, `${JSON.stringify(file)}\n`);
}

/** A flag as it was given; files and folders by their last name. */
function given(name: 'data' | 'weights'): string {
  const path = flags[name];
  return path === undefined ? '' : ` --${name} ${basename(path)}`;
}
