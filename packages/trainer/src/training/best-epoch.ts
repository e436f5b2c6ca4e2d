import type { TypedTensor } from '@mint/internal';
import type { Checkpoint } from '../run-folder/checkpoint.js';

/** The best validation of a run so far. It is part of the checkpoint, and patience follows from it. */
export interface BestEpoch {
  /** Steps taken by then. */
  readonly step: number;
  /** Mean image AUROC; see `EvaluateEvent`. */
  readonly score: number;
  readonly weights: Readonly<Record<string, TypedTensor>>;
}

/** A best epoch as part of a checkpoint. */
export function toCheckpoint(best: BestEpoch | undefined): Pick<Checkpoint, 'tensors' | 'numbers'> {
  if (best === undefined) return { tensors: {}, numbers: {} };
  return { tensors: { best: best.weights }, numbers: { bestStep: best.step, bestScore: best.score } };
}

export function fromCheckpoint(checkpoint: Checkpoint | undefined): BestEpoch | undefined {
  const { best: weights } = checkpoint?.tensors ?? {};
  const { bestStep: step, bestScore: score } = checkpoint?.numbers ?? {};
  if (weights === undefined || step === undefined || score === undefined) return undefined;
  return { step, score, weights };
}
