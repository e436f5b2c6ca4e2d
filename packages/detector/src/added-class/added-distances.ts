import { MintError } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';
import { oodScore } from '../limits/ood-score.js';
import type { DetectorTensors } from '../tensors.js';

/** Out-of-distribution scores for the added classes, `[B·A]`: the distance alone, since the classifier knows none of them. */
export async function addedDistances(
  features: tf.Tensor4D,
  { added, classStats }: Pick<DetectorTensors, 'added' | 'classStats'>,
): Promise<Float32Array> {
  if (classStats === undefined) {
    const message = 'MintDetector: a detector with added classes needs class statistics (`classStats`).';
    throw new MintError('INVALID_ARGUMENT', message);
  }
  const distances = tf.tidy(() => {
    const means = tf.stack(added.map(({ mean }) => mean)) as tf.Tensor2D;
    return oodScore(features, means, classStats.std);
  });
  return distances.data<'float32'>().finally(() => distances.dispose());
}
