import type { DetectorConfig, ForwardResult } from '@mint/detector';
import { type ChannelStats, priorLoss } from '@mint/losses';
import type * as tf from '@tensorflow/tfjs-core';

/**
 * L_Prior of a forward pass; undefined where the network has no prior head.
 *
 * @param tokens - `[B, N, C]`, clean.
 * @param stats - Standardise features that the network gets unscaled.
 */
export function priorOf(
  { mu, logVar }: Pick<ForwardResult, 'mu' | 'logVar'>,
  tokens: tf.Tensor3D,
  { featureScaling }: Pick<DetectorConfig, 'featureScaling'>,
  stats: ChannelStats,
): tf.Scalar | undefined {
  return mu && logVar && priorLoss(tokens, mu, logVar, featureScaling === 'standardise' ? undefined : stats);
}
