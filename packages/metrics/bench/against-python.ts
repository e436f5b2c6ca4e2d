// AUROC + AP against scikit-learn, and AUPRO against MVTec's algorithm in numpy, on the same 20 million pixels; then
// our time up to 200 million. One thread each.
//   node --conditions=@mint/source --import tsx bench/against-python.ts          (about 3 minutes)
// Debian: apt-get install python3-sklearn python3-scipy. Without them the Python columns are null.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { auPro, imageMetrics } from '../src/index.js';
import { drawMaps, PIXELS, SIZE, shortest } from './draw.js';

const RUNS = 3;
/** 400 images are 20.07 million pixels. */
const IMAGES = 400;

interface PythonTimes {
  readonly versions: string;
  readonly ranking: { readonly seconds: number; readonly auroc: number; readonly ap: number };
  readonly aupro: { readonly seconds: number; readonly value: number };
}

/** `null` when no Python with scikit-learn and scipy is found. */
function runPython(maps: Float32Array, masks: Uint8Array): PythonTimes | null {
  const folder = mkdtempSync(join(tmpdir(), 'mint-metrics-bench-'));
  try {
    const files = [join(folder, 'maps.f32'), join(folder, 'masks.u8')] as const;
    writeFileSync(files[0], maps);
    writeFileSync(files[1], masks);
    const script = fileURLToPath(new URL('./against_python.py', import.meta.url));
    const env = { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' };
    const python = ['python3', '/usr/bin/python3'].find(
      (command) => spawnSync(command, ['-c', 'import sklearn, scipy']).status === 0,
    );
    if (python === undefined) return null;
    const args = [script, ...files, String(SIZE.height), String(SIZE.width), String(RUNS)];
    const { status, stdout, stderr } = spawnSync(python, args, { env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${script} failed: ${stderr}`);
    return JSON.parse(stdout);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const { maps, masks } = drawMaps(IMAGES);
const python = runPython(maps, masks);
console.log(
  `${cpus()[0]?.model}, Node ${process.version}, ${python?.versions ?? 'no Python with scikit-learn: null'}`,
);

const seconds = (time: number | undefined) => (time === undefined ? 'null' : `${time.toFixed(2)} s`);
const times = (theirs: number | undefined, ours: number) =>
  theirs === undefined ? 'null' : `${(theirs / ours).toFixed(1)}x`;
const row = (...cells: string[]) =>
  console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(16) : cell.padStart(14))).join(''));

let ranking = { auroc: Number.NaN, ap: Number.NaN };
let overlap = Number.NaN;
const ours = {
  ranking: shortest(RUNS, () => {
    ranking = imageMetrics(maps, masks);
  }),
  aupro: shortest(RUNS, () => {
    overlap = auPro(maps, masks, SIZE);
  }),
};
console.log(`\n${((IMAGES * PIXELS) / 1e6).toFixed(1)} million pixels, shortest of ${RUNS} runs`);
row('', 'ours', 'Python', 'ratio');
row(
  'AUROC + AP',
  seconds(ours.ranking),
  seconds(python?.ranking.seconds),
  times(python?.ranking.seconds, ours.ranking),
);
row('AUPRO', seconds(ours.aupro), seconds(python?.aupro.seconds), times(python?.aupro.seconds, ours.aupro));
if (python !== null) {
  const differences = [
    ranking.auroc - python.ranking.auroc,
    ranking.ap - python.ranking.ap,
    overlap - python.aupro.value,
  ];
  console.log(`differences of AUROC, AP, AUPRO: ${differences.map((d) => d.toExponential(1)).join(', ')}`);
}

console.log('\ngrowth, one run each');
row('million pixels', 'AUROC + AP', 'ns a pixel', 'AUPRO', 'ns a pixel');
for (const copies of [1, 2, 5, 10]) {
  // Copies of the drawn images, each brighter by a little: as many distinct scores, no time spent on drawing.
  const n = maps.length * copies;
  const [manyMaps, manyMasks] = [new Float32Array(n), new Uint8Array(n)];
  for (let copy = 0; copy < copies; copy++) {
    for (let i = 0; i < maps.length; i++)
      manyMaps[copy * maps.length + i] = (maps[i] as number) * (1 + copy / 1000);
    manyMasks.set(masks, copy * masks.length);
  }
  const both = [
    shortest(1, () => imageMetrics(manyMaps, manyMasks)),
    shortest(1, () => auPro(manyMaps, manyMasks, SIZE)),
  ];
  row((n / 1e6).toFixed(0), ...both.flatMap((time) => [seconds(time), ((time / n) * 1e9).toFixed(1)]));
}
