import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeSafetensors, encodeSafetensors, MintError, oneLine, type TypedTensor } from '@mint/internal';
import { errorCode, readFileOf, sha256, writeFileAtomic } from '@mint/internal/node';
import { prefixed } from '@mint/internal/tfjs';

type Weights = Readonly<Record<string, TypedTensor>>;

/**
 * Everything that a run needs to go on as if it had not stopped. Data order, dropout and jitter follow from the seed and the
 * step number, so they need no state.
 */
export interface Checkpoint {
  /** Steps taken. */
  readonly step: number;
  /** Identifies detector, training settings and images; a run resumes only its own checkpoint. */
  readonly runHash: string;
  /** One tensor per weight, by kind: `weight`, `first` and `second` moments, … */
  readonly tensors: Readonly<Record<string, Weights>>;
  /** Finite numbers that do not follow from seed and step, such as `bestStep`, the step with the best weights so far. */
  readonly numbers: Readonly<Record<string, number>>;
}

/** A checkpoint on disk. */
interface CheckpointFile {
  readonly path: string;
  readonly step: number;
  /** First digits of the file's SHA-256. */
  readonly hash: string;
}

const HASH_DIGITS = 16;
const FILE_NAME = new RegExp(`^step-(\\d{6,15})-([0-9a-f]{${HASH_DIGITS}})\\.safetensors$`);

/**
 * Writes a checkpoint as `step-<step>-<start of its SHA-256>.safetensors`, so that its name verifies every byte, and then
 * removes all but the last `keep` and that of the best step, if `numbers` has one.
 *
 * @throws MintError `DIVERGED` when a weight is not finite: such a checkpoint must not take the place of a good one;
 * `DISK_FULL` and `UNAVAILABLE` when it cannot be written.
 */
export async function saveCheckpoint(
  folder: string,
  { step, runHash, tensors, numbers }: Checkpoint,
  keep: number,
): Promise<void> {
  const all = Object.entries(tensors).map(([kind, weights]) => prefixed(`${kind}/`, weights));
  const flat: Weights = Object.assign({}, ...all);
  const broken = Object.entries(flat).find(([, { data }]) => !data.every(Number.isFinite));
  if (broken !== undefined) {
    const message = `training step ${step}: '${broken[0]}' is no longer finite, so no checkpoint was saved.`;
    throw new MintError('DIVERGED', message);
  }
  const bytes = encodeSafetensors(flat, { step: String(step), runHash, numbers: JSON.stringify(numbers) });
  const hash = sha256(bytes).slice(0, HASH_DIGITS);
  const path = join(folder, `step-${String(step).padStart(6, '0')}-${hash}.safetensors`);
  await writeFileAtomic(path, bytes);
  const others = (await checkpointFiles(folder)).filter((file) => file.path !== path);
  for (const old of others.slice(keep - 1))
    if (old.step !== numbers.bestStep) await rm(old.path, { force: true });
}

/**
 * The newest intact checkpoint.
 *
 * @param names - The network's weights. The result has them in this order, because the norm of the gradients is a sum whose
 * rounding depends on it.
 * @param onDamaged - Called with the reason for each newer checkpoint that is damaged.
 * @throws MintError `NOT_FOUND` without a checkpoint, `CORRUPT_FILE` when all are damaged, `INVALID_ARGUMENT`
 * when it belongs to another configuration or other images.
 */
export async function loadCheckpoint(
  folder: string,
  runHash: string,
  names: readonly string[],
  onDamaged?: (message: string) => void,
): Promise<Checkpoint & { readonly path: string }> {
  const files = await checkpointFiles(folder);
  if (files.length === 0) {
    throw new MintError(
      'NOT_FOUND',
      `${folder}: there is no checkpoint to resume from; start the run without resuming.`,
    );
  }
  let damage = '';
  for (const file of files) {
    try {
      return { ...(await readCheckpoint(file, runHash, names)), path: file.path };
    } catch (error) {
      if (!MintError.isInstance(error) || error.code !== 'CORRUPT_FILE') throw error;
      damage = error.message;
      onDamaged?.(damage);
    }
  }
  throw new MintError(
    'CORRUPT_FILE',
    `${damage} No other checkpoint is intact; start again without resuming.`,
  );
}

/** Removes checkpoints after `step`, and temporary files of killed runs. */
export async function tidyCheckpoints(folder: string, step: number): Promise<void> {
  const later = (await checkpointFiles(folder)).filter((file) => file.step > step).map(({ path }) => path);
  const parts = (await readdir(folder)).filter((name) => /^\..*\.part$/.test(name));
  for (const path of [...later, ...parts.map((name) => join(folder, name))]) await rm(path, { force: true });
}

/** Checkpoints of a folder, the newest first; empty without a folder. */
export async function checkpointFiles(folder: string): Promise<CheckpointFile[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw new MintError('UNAVAILABLE', `${folder}: cannot be listed: ${oneLine(error)}.`, { cause: error });
  }
  const files = names.flatMap((name) => {
    const [, step, hash] = FILE_NAME.exec(name) ?? [];
    if (step === undefined || hash === undefined) return [];
    return [{ path: join(folder, name), step: Number(step), hash }];
  });
  return files.sort((a, b) => b.step - a.step);
}

async function readCheckpoint(
  { path, step, hash }: CheckpointFile,
  runHash: string,
  names: readonly string[],
): Promise<Checkpoint> {
  const bytes = await readFileOf('checkpoint', path);
  const actual = sha256(bytes).slice(0, HASH_DIGITS);
  if (actual !== hash) {
    const message = `${path}: damaged: the SHA-256 of its ${bytes.length} bytes begins with ${actual}, not as its name says.`;
    throw new MintError('CORRUPT_FILE', message);
  }
  const { tensors, metadata } = decodeSafetensors(bytes, path);
  if (metadata.runHash !== runHash) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `${path}: belongs to a run with other settings, classes or images; resume with those, or choose another run folder.`,
    );
  }
  const kinds = [...new Set(Object.keys(tensors).map((name) => name.slice(0, name.indexOf('/'))))];
  const ordered = kinds.map((kind) => {
    const weights = names.map((name) => {
      const tensor = tensors[`${kind}/${name}`];
      if (tensor !== undefined) return [name, tensor] as const;
      throw new MintError('CORRUPT_FILE', `${path}: '${kind}/${name}' is missing.`);
    });
    return [kind, Object.fromEntries(weights)] as const;
  });
  const numbers: Checkpoint['numbers'] = JSON.parse(metadata.numbers ?? '{}');
  return { step, runHash, tensors: Object.fromEntries(ordered), numbers };
}
