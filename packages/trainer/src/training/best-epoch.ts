import type { TypedTensor } from '@mint/internal';
import type { Checkpoint } from '../run-folder/checkpoint.js';

/** What a run remembers of its best validation so far. It belongs to the checkpoint, and patience follows from it. */
export interface BestEpoch {
  /** Steps taken then. */
  readonly step: number;
  /** Mean image AUROC; see `EvaluateEvent`. */
  readonly score: number;
  readonly weights: Readonly<Record<string, TypedTensor>>;
}

/** How a best epoch lies in a checkpoint, whose tensors and numbers have room for whatever else a run must remember. */
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
