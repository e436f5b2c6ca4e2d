import { join } from 'node:path';
import { decodeSafetensors, encodeSafetensors, MintError, type TypedTensor } from '@mint/internal';
import { readFileOf, sha256, writeFileAtomic } from '@mint/internal/node';
import { prefixed } from '@mint/internal/tfjs';

type Weights = Readonly<Record<string, TypedTensor>>;

/**
 * Everything a run needs to go on as if it had never stopped. Data order, dropout and jitter follow from the
 * seed and the step number, so they need no state of their own.
 */
export interface Checkpoint {
  /** Steps taken. */
  readonly step: number;
  readonly weights: Weights;
  readonly first: Weights;
  readonly second: Weights;
  /** Identifies detector, training settings and pictures; a run resumes only its own checkpoint. */
  readonly runHash: string;
}

const fileOf = (folder: string) => join(folder, 'latest.safetensors');

export async function saveCheckpoint(folder: string, { step, runHash, ...parts }: Checkpoint): Promise<void> {
  const tensors = {
    ...prefixed('weight/', parts.weights),
    ...prefixed('first/', parts.first),
    ...prefixed('second/', parts.second),
  };
  await writeFileAtomic(fileOf(folder), encodeSafetensors(tensors, { step: String(step), runHash }));
}

/**
 * @param names - The network's weights. The result has them in this order: the norm of the gradients is a sum over it,
 * rounded step by step.
 * @throws MintError `NOT_FOUND` without a checkpoint, `CORRUPT_FILE` when it is damaged, `INVALID_ARGUMENT`
 * when it belongs to another configuration or other pictures.
 */
export async function loadCheckpoint(
  folder: string,
  runHash: string,
  names: readonly string[],
): Promise<Checkpoint> {
  const path = fileOf(folder);
  const { tensors, metadata } = decodeSafetensors(
    await readFileOf('checkpoint to resume from (without --resume a run begins anew)', path),
    path,
  );
  const step = Number(metadata.step);
  if (!Number.isSafeInteger(step) || step < 0) {
    throw new MintError(
      'CORRUPT_FILE',
      `${path}: its step is '${metadata.step}', not a number; start again without --resume.`,
    );
  }
  if (metadata.runHash !== runHash) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `${path}: belongs to a run with other settings, classes or pictures; resume with those, or choose another --out.`,
    );
  }
  const part = (prefix: string): Weights =>
    Object.fromEntries(
      names.map((name) => {
        const tensor = tensors[`${prefix}/${name}`];
        if (tensor !== undefined) return [name, tensor];
        throw new MintError(
          'CORRUPT_FILE',
          `${path}: '${prefix}/${name}' is missing; start again without --resume.`,
        );
      }),
    );
  return { step, runHash, weights: part('weight'), first: part('first'), second: part('second') };
}

/** What must stay the same for a resumed run to equal an uninterrupted one. */
export function runHashOf(settings: unknown, contentHashes: readonly string[]): string {
  return sha256(JSON.stringify(settings), ...contentHashes);
}
