import type { Prediction } from './detector.js';
import type { Calibration } from './model-json.js';

/**
 * What belongs to a class that was added to a trained detector. Nothing else of the detector knows of it: the classifier, the
 * embeddings and the statistics of the classes it was trained on stay as they are.
 */
export interface AddedClass {
  /** `[E]`: the prompt of its images. */
  readonly embedding: Float32Array;
  /** `[C]`: mean feature, over tokens and training images. */
  readonly mean: Float32Array;
  /** `[C·C]`, see `whiteningMatrix`, of the residuals of its training images; only with `config.map` = `'whitened'`. */
  readonly whitening?: Float32Array;
}

/**
 * The class an image is taken for in a detector with added classes (our decision). In the order they were added, a class
 * takes an image over when the class it was taken for so far calls it an `unknown class` (see `decide`) and the image is
 * less strange to the added class than to every class before it.
 *
 * So an image that had an answer, ok or alarm, keeps it whatever is added; and since the threshold of the out-of-distribution score is conformal,
 * at most a share `alpha` of the good images that are rightly taken for a class can be taken over.
 *
 * @param prediction - `className` is the classifier's, `oodScores` has all classes.
 * @param classes - `config.classes`: the trained ones, then the `added` ones.
 */
export function recognisedClass(
  { className, oodScores }: Pick<Prediction, 'className' | 'oodScores'>,
  classes: readonly string[],
  added: number,
  calibration: Calibration | undefined,
): string | undefined {
  if (className === undefined || oodScores === undefined) return className;
  let taken = classes.indexOf(className);
  for (let index = classes.length - added; index < classes.length; index++) {
    const limit = calibration?.thresholds[classes[taken] as string]?.ood;
    const unknown = (oodScores[taken] as number) > (limit ?? Number.POSITIVE_INFINITY);
    if (unknown && (oodScores[index] as number) < Math.min(...oodScores.subarray(0, index))) taken = index;
  }
  return classes[taken];
}
