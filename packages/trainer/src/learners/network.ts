import type { DetectorState } from '@mint/detector';
import { fitEmbedding } from '../new-class/fit-embedding.js';
import type { Learner } from './learner.js';

/** Networks are trained step by step by `Run`; a new class is one more embedding. */
export const NETWORK_LEARNER: Learner = {
  async learnClass(detector, cache, { samples, mean, config, onStep }) {
    const start = nearestEmbedding(detector.toState(), mean);
    const embedding = await fitEmbedding(detector, cache, samples, start, config, onStep);
    return { embedding: { shape: [embedding.length], data: embedding } };
  },
};

/** The embedding of the trained class whose mean feature is nearest: where the fit starts. */
function nearestEmbedding({ network, classStats }: DetectorState, mean: Float32Array): Float32Array {
  const embeddings = network.classEmbedding;
  const [classes = 0, size = 0] = embeddings?.shape ?? [];
  const channels = mean.length;
  const { means = new Float32Array(classes * channels), std = mean } = classStats ?? {};
  const distances = Array.from({ length: classes }, (_, k) =>
    mean.reduce(
      (sum, v, c) => sum + ((v - (means[k * channels + c] as number)) / (std[c] as number)) ** 2,
      0,
    ),
  );
  const nearest = distances.indexOf(Math.min(...distances));
  return Float32Array.from(embeddings?.data.subarray(nearest * size, (nearest + 1) * size) ?? []);
}
