/**
 * Races MINT's networks against PyTorch and OpenVINO on this machine, one after the other for each row, and writes a line
 * for each row to `bench/results.jsonl`, in place of an older one.
 *
 *     npm run bench [-- WORK …]       the names of rows.ts; all of them by default
 *
 * The first run makes a virtual environment for the peers in the user's cache folder. Where there is no Python, their
 * columns are empty. Speed does not depend on the values of weights, so all use random ones. Run it on idle cores.
 */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { arch, cpus, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { productRate } from './operations.js';
import { type PeerTimes, runPeers } from './peers.js';
import { PEERS, pythonOf } from './python.js';
import { WORKS } from './rows.js';

const PEER_REPEATS = 9;

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !WORKS.some((work) => work.name === name));
if (unknown.length > 0) {
  console.error(
    `There is no work ${unknown.join(', ')}; there are ${WORKS.map(({ name }) => name).join(', ')}.`,
  );
  process.exit(2);
}

const rounded = (value: number | undefined, digits: number): number | null =>
  value === undefined || !Number.isFinite(value) ? null : Number(value.toFixed(digits));

const machine = `${cpus().length} x ${cpus()[0]?.model.trim()}, ${platform()} ${arch()}, Node ${process.version}`;
await tf.setBackend('onnx');
const python = await pythonOf(PEERS);
const peak = await productRate();
console.log(`${machine}; one product of large matrices: ${peak.toFixed(0)} GFLOP/s`);

const rows: (Record<string, unknown> & { readonly row: string })[] = [];
for (const { name, batches, int8, measure } of WORKS) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const ours = [];
  for (const batch of batches) {
    const quick = int8 ? (await measure(batch, 'int8')).ms : undefined;
    ours.push({ batch, quick, ...(await measure(batch, 'float32')) });
  }
  const peers = python === undefined ? undefined : runPeers(python, name, batches, PEER_REPEATS);
  for (const { batch, ms, quick, gflop } of ours) {
    const peer: PeerTimes = peers?.rows[batch] ?? {};
    const ratio = (other: number | undefined) => rounded(other && ms / other, 2);
    const row = {
      row: `${name}, batch ${batch}`,
      mint: rounded(ms, 1),
      'mint int8': rounded(quick, 1),
      torch: rounded(peer.torch, 1),
      openvino: rounded(peer.openvino_f32, 1),
      'openvino bf16': rounded(peer.openvino_bf16, 1),
      'mint / torch': ratio(peer.torch),
      'mint / openvino': ratio(peer.openvino_f32),
      'mint / openvino bf16': ratio(peer.openvino_bf16),
      'mint int8 / openvino bf16': rounded(quick && peer.openvino_bf16 && quick / peer.openvino_bf16, 2),
      'of product rate': rounded(gflop / (ms / 1e3) / peak, 2),
    };
    rows.push({
      ...row,
      gflop: rounded(gflop, 1),
      setting: peer.setting,
      versions: peers?.versions,
      machine,
    });
    console.table([row]);
  }
}
const file = join(dirname(fileURLToPath(import.meta.url)), '../results.jsonl');
const before = existsSync(file) ? (await readFile(file, 'utf8')).split('\n').filter(Boolean) : [];
const now = new Map(rows.map((row) => [row.row, JSON.stringify(row)]));
const kept = before.filter((line) => !now.has(JSON.parse(line).row));
await writeFile(file, [...kept, ...now.values()].map((line) => `${line}\n`).join(''));
