import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

/** Writes the rows of a measurement to `examples/results/`, after each of them. */
export async function writeTable(name: string, dataset: string, rows: readonly object[]): Promise<void> {
  const file = {
    measurement: name,
    dataset,
    command: `npx pnpm --filter @examples/models ${name} --data ${dataset}`,
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus()[0]?.model.trim()}, ${cpus().length} cores; Node ${process.version}`,
    rows,
  };
  const path = fileURLToPath(new URL(`../results/${name}-images.json`, import.meta.url));
  await writeFile(path, `${JSON.stringify(file)}\n`);
}
