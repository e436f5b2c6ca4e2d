/**
 * From image files to decisions: the installed command (`npm run build` first) from a cold start and on a folder, one process
 * image by image, and anomalib's PaDiM on the same files.
 *
 *     pnpm --filter bench files <model folder> <folder of images> [images, default 1000]
 *
 * Prints medians and peaks of memory. PaDiM is skipped by name where there is no Python. Run it on idle cores.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ANOMALIB, pythonOf, runPython } from '../race/python.js';
import { median } from '../workloads.js';

const HERE = dirname(fileURLToPath(import.meta.url));
const BIN = join(HERE, '../../packages/cli/dist/bin.js');
const STARTS = 7;

interface Padim {
  readonly version: string;
  readonly p50: number;
  readonly p95: number;
  readonly rate: number;
  readonly workers: number;
  readonly bytes: number;
  readonly megabytes: number;
}

const [model, folder, most = '1000'] = process.argv.slice(2);
if (model === undefined || folder === undefined) {
  console.error('files <model folder> <folder of images> [images]');
  process.exit(2);
}

const entries = await readdir(folder, { recursive: true });
const paths = entries
  .filter(
    (name) => ['.png', '.jpg', '.jpeg'].includes(extname(name).toLowerCase()) && !name.includes('_mask'),
  )
  .sort()
  .slice(0, Number(most))
  .map((name) => join(resolve(folder), name));

/** Runs the command on images; its messages, and the seconds it took. */
function predict(images: readonly string[], ...flags: readonly string[]) {
  const start = performance.now();
  const { stderr, status } = spawnSync(
    process.execPath,
    [BIN, 'predict', ...images, '--model', model ?? '', ...flags],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  if (status !== 0) throw new Error(stderr);
  return { said: stderr.trim().split('\n').at(-1) ?? '', seconds: (performance.now() - start) / 1e3 };
}

const work = await mkdtemp(join(tmpdir(), 'mint-files-'));
try {
  const starts = Array.from({ length: STARTS }, (_, i) => predict([paths[i] ?? '']).seconds);
  console.log(
    `mint predict, one image, from a cold start: ${median(starts).toFixed(2)} s (median of ${STARTS})`,
  );
  for (const [i, path] of paths.entries())
    await symlink(path, join(work, `${String(i).padStart(5, '0')}${extname(path)}`));
  const whole = predict([work]);
  console.log(
    `mint predict, ${paths.length} images: ${(paths.length / whole.seconds).toFixed(1)} a second with the start; ${whole.said}`,
  );
  console.log(`the same, --batch-size 1: ${predict([work], '--batch-size', '1').said}`);
  const python = await pythonOf(ANOMALIB);
  if (python === undefined) console.log('PaDiM of anomalib: skipped, there is no Python');
  else {
    await writeFile(join(work, 'list.txt'), paths.join('\n'));
    const args = [join(HERE, 'padim.py'), join(work, 'list.txt'), join(work, 'padim.pt')];
    const padim = runPython<Padim>(python, args);
    if (padim === undefined) throw new Error('PaDiM of anomalib did not run.');
    console.log(
      `PaDiM of anomalib ${padim.version}, ResNet-18 at 256 px: ${padim.rate.toFixed(1)} images a second (${padim.workers} ` +
        `readers); one by one p50 ${padim.p50.toFixed(1)} ms, p95 ${padim.p95.toFixed(1)} ms; its model ` +
        `${(padim.bytes / 1e6).toFixed(0)} MB, ${padim.megabytes.toFixed(0)} MB of memory`,
    );
  }
} finally {
  await rm(work, { recursive: true });
}
