/**
 * Races the full-size UniAD network and EfficientNet-B4 against the same network in PyTorch, in one process group
 * on the same machine, and writes a line for each figure to `bench/results.jsonl`.
 *
 *     pnpm bench [path of the PyTorch peer]
 *
 * The peer needs Debian's python3-torch, python3-torchvision and libopenblas0-pthread; without it the peer's
 * columns are null. Speed does not depend on the weights' values, so both sides use random ones.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { arch, cpus, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { fullSizeUniad, median, medianMs, trainSteps } from './workloads.js';

const here = dirname(fileURLToPath(import.meta.url));
const peerScript = process.argv[2] ?? join(here, '../../shared/peer/uniad_torch.py');

async function ours(): Promise<Record<string, number>> {
  await tf.setBackend('onnx');
  const detector = await fullSizeUniad();
  // Two inputs in turn, as in use: an input that stays the same is built into the graph.
  const alternate = async (
    inputs: readonly [tf.Tensor, tf.Tensor],
    call: (input: tf.Tensor4D) => Promise<unknown>,
  ) => {
    const ms = await medianMs((i) => call(inputs[i % 2] as tf.Tensor4D));
    tf.dispose([...inputs]);
    return ms;
  };
  const forward = (batch: number) => {
    const draw = () => tf.randomNormal([batch, 14, 14, 272]);
    return alternate([draw(), draw()], (features) => detector.predictFeatures(features));
  };
  const b4 = (batch: number) => {
    const draw = () => tf.randomUniform([batch, 224, 224, 3], 0, 255);
    return alternate([draw(), draw()], async (images) => {
      const features = detector.features(images);
      await features.data();
      features.dispose();
    });
  };
  return {
    'train-step-b8': median(await trainSteps(detector)),
    'forward-b8': await forward(8),
    'forward-b1': await forward(1),
    'b4-forward-b8': await b4(8),
    'b4-forward-b1': await b4(1),
  };
}

const PEER_KEYS: Record<string, string> = {
  'train-step-b8': 'trainStepBatch8Ms',
  'forward-b8': 'forwardBatch8Ms',
  'forward-b1': 'forwardBatch1Ms',
  'b4-forward-b8': 'backboneBatch8Ms',
  'b4-forward-b1': 'backboneBatch1Ms',
};

/** The peer at its best thread setting for each figure, or undefined when PyTorch is not here. */
function peer(): Record<string, unknown> | undefined {
  if (!existsSync(peerScript)) return undefined;
  const python = ['python3', '/usr/bin/python3'].find(
    (name) => spawnSync(name, ['-c', 'import torch, torchvision'], { stdio: 'ignore' }).status === 0,
  );
  if (python === undefined) return undefined;
  const { stdout, status } = spawnSync(python, [peerScript, '--best'], { encoding: 'utf8' });
  return status === 0 ? JSON.parse(stdout) : undefined;
}

const machine = `${cpus().length} x ${cpus()[0]?.model.trim()}, ${platform()} ${arch()}, Node ${process.version}`;
const mine = await ours();
const theirs = peer();
if (theirs === undefined)
  console.log('no PyTorch peer here: its columns are null (see the head of bench/race.ts)');
const lines = Object.entries(mine).map(([name, ms]) => {
  const peerMs = theirs?.[PEER_KEYS[name] ?? ''];
  return {
    name,
    ours_ms: Number(ms.toFixed(2)),
    peer_ms: typeof peerMs === 'number' ? peerMs : null,
    ratio: typeof peerMs === 'number' ? Number((ms / peerMs).toFixed(3)) : null,
    threads: cpus().length,
    machine,
  };
});
await writeFile(join(here, 'results.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
console.table(
  lines.map(({ name, ours_ms, peer_ms, ratio }) => ({ name, ours_ms, peer_ms, 'ours / peer': ratio })),
);
