import * as tf from '@tensorflow/tfjs-core';
import { type Prediction, readPredictions, type ScoredBatch, type TokenPrediction } from '../prediction.js';

/** What a detector says about a batch of images with regard to its added classes. */
export interface AddedScores {
  /** `config.classes`: the trained ones, then the A added ones. */
  readonly classes: readonly string[];
  /** `[B·A]`: out-of-distribution scores for the added classes. */
  readonly distances: Float32Array;
  /** The class of image `index`, given or recognised. */
  readonly classOf: (continued: Prediction, index: number) => string | undefined;
  /** Maps and scores of the whole batch with the prompt of an added class. */
  readonly score: (added: string) => ScoredBatch;
}

/**
 * Continues the predictions of a trained detector by its added classes: an image of one is scored again with that class's
 * prompt. The whole batch is computed again, since a graph is compiled for each number of images.
 */
export async function predictAdded(
  trained: readonly TokenPrediction[],
  { classes, distances, classOf, score }: AddedScores,
): Promise<TokenPrediction[]> {
  const count = distances.length / trained.length;
  const addedClasses = classes.slice(classes.length - count);
  const predictions = trained.map((prediction, i) => {
    const continued = withAdded(prediction, distances.subarray(i * count, (i + 1) * count));
    const className = classOf(continued, i);
    if (className === undefined || !addedClasses.includes(className)) return continued;
    const classPosterior = Float32Array.from(classes, (name) => Number(name === className));
    return { ...continued, className, classPosterior };
  });
  const shown = new Set(predictions.map(({ className }) => className));
  for (const name of addedClasses.filter((added) => shown.has(added))) {
    const outputs = score(name);
    const scored = await readPredictions(outputs, []).finally(() => tf.dispose({ ...outputs }));
    scored.forEach(({ anomalyMap, score, tokenMap }, i) => {
      const prediction = predictions[i];
      if (prediction !== undefined && prediction.className === name)
        predictions[i] = { ...prediction, anomalyMap, score, ...(tokenMap && { tokenMap }) };
    });
  }
  return predictions;
}

/** An added class has probability 0 until it is recognised. */
function withAdded(prediction: TokenPrediction, distances: Float32Array): TokenPrediction {
  const { classPosterior = [], oodScores = [] } = prediction;
  return {
    ...prediction,
    classPosterior: Float32Array.from([...classPosterior, ...new Float32Array(distances.length)]),
    oodScores: Float32Array.from([...oodScores, ...distances]),
  };
}
