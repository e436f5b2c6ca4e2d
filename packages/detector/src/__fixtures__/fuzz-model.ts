import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MintError, Random } from '@mint/internal';
import { sha256 } from '@mint/internal/node';
import { mutateBytes, mutateJson, mutateSafetensors } from '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import { MintDetector } from '../index.js';

/** What became of mutated model folders. */
export interface FuzzResult {
  /** How many were loaded, and how many refused with which code. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Anything but a model or a MintError with one of the codes for files: the seed repeats it. */
  readonly failures: readonly string[];
  /** Longest time from folder to model or error. */
  readonly slowestMs: number;
  /** Most memory, in bytes beyond the two files' own size, that the arrays of one folder took. */
  readonly largestBytes: number;
}

const CODES = ['CORRUPT_FILE', 'UNSUPPORTED_VERSION', 'NOT_FOUND'];

/** Loads `count` mutations of the model folder `original`, seeds `seed`, `seed` + 1, …, one after the other in `work`. */
export async function fuzzModel(
  original: string,
  work: string,
  { count, seed }: { readonly count: number; readonly seed: number },
): Promise<FuzzResult> {
  const json = await readFile(join(original, 'model.json'), 'utf8');
  const weights = await readFile(join(original, 'model.safetensors'));
  const outcomes: Record<string, number> = {};
  const failures: string[] = [];
  let [slowestMs, largestBytes] = [0, 0];
  for (let i = 0; i < count; i++) {
    const bytes = await writeMutation(work, json, weights, new Random(seed + i));
    const tensors = tf.memory().numTensors;
    const before = process.memoryUsage().arrayBuffers;
    const began = performance.now();
    let outcome = 'loaded';
    try {
      const detector = await MintDetector.load(work);
      largestBytes = Math.max(largestBytes, process.memoryUsage().arrayBuffers - before - bytes);
      slowestMs = Math.max(slowestMs, performance.now() - began);
      // What passed every check must also work.
      try {
        if (i % 8 === 0) await predictOne(detector);
      } finally {
        detector.dispose();
      }
    } catch (error) {
      largestBytes = Math.max(largestBytes, process.memoryUsage().arrayBuffers - before - bytes);
      slowestMs = Math.max(slowestMs, performance.now() - began);
      outcome = MintError.isInstance(error) ? error.code : 'crashed';
      const fine = MintError.isInstance(error) && CODES.includes(error.code) && error.message.length < 1500 + 4 * work.length;
      if (!fine) failures.push(`seed ${seed + i}: ${error instanceof Error ? (error.stack ?? error.message).slice(0, 2000) : error}`);
    }
    if (tf.memory().numTensors !== tensors) failures.push(`seed ${seed + i}: tensors were left behind`);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
  return { outcomes, failures, slowestMs, largestBytes };
}

/** Writes one mutated folder in the place of the last; gives the size of its files. */
async function writeMutation(folder: string, json: string, weights: Uint8Array, random: Random): Promise<number> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  const [description, data] = [join(folder, 'model.json'), join(folder, 'model.safetensors')];
  const write = async (text: string, bytes: Uint8Array) => {
    await writeFile(description, text);
    await writeFile(data, bytes);
    return Buffer.byteLength(text) + bytes.length;
  };
  /** An attacker can make the checksum fit. */
  const sealed = (bytes: Uint8Array) => write(json.replace(/"sha256": "[0-9a-f]+"/, `"sha256": "${sha256(bytes)}"`), bytes);
  const kind = random.uniform();
  if (kind < 0.48) return write(mutateJson(json, random), weights);
  if (kind < 0.96) return sealed(mutateSafetensors(weights, random));
  if (kind < 0.98) return write(json, mutateBytes(weights, random));
  const path = random.uniform() < 0.5 ? description : data;
  const size = await write(json, weights);
  await rm(path);
  const target = ['/dev/zero', '/etc/passwd', '../../../../etc/passwd', path, folder][random.int(8)];
  if (target !== undefined) await symlink(target, path);
  else if (random.uniform() < 0.3) await mkdir(path);
  else if (random.uniform() < 0.5) execFileSync('mkfifo', [path]);
  return size;
}

async function predictOne(detector: MintDetector): Promise<void> {
  const { width, height } = detector.config.input;
  // A file may ask for larger images; whether that is too much is up to the user.
  if (width * height > 64 * 64) return;
  const image = tf.zeros<tf.Rank.R4>([1, height, width, 3]);
  try {
    for (const prediction of await detector.predict(image)) detector.decide(prediction);
  } catch (error) {
    // Sound numbers can still overflow together, such as an omega0 of 1e308: decide() then says that the score is NaN.
    if (!MintError.isInstance(error)) throw error;
  } finally {
    image.dispose();
  }
}
