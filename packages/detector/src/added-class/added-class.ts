import type { TypedTensor } from '@mint/internal';
import { own } from '@mint/internal';
import type { Calibration } from '../limits/calibration.js';
import type { Prediction } from '../prediction.js';

/**
 * What belongs to a class that was added to a trained detector. Nothing else of the detector knows it: the classifier, the
 * embeddings and the statistics of the trained classes stay as they are.
 */
export interface AddedClass {
  /** What the model has of each class, by the names of `ModelKind.classSpecs`: for MINT-AD its `embedding`, `[E]`. */
  readonly weights: Readonly<Record<string, TypedTensor>>;
  /** `[C]`: mean feature, over tokens and training images. */
  readonly mean: Float32Array;
  /**
   * `[C·C]`, see `whiteningMatrix`, of the residuals of its training images; with `config.map` = `'whitened'` or
   * `'whitened-by-class'`.
   */
  readonly whitening?: Float32Array | undefined;
  /** `[N·d(d+1)/2]`, see `classTriangles`, with `config.map` = `'whitened-by-class-and-place'`. */
  readonly triangles?: Float32Array | undefined;
}

/**
 * The class that a detector with added classes recognises in an image (our decision). The added classes are asked in the
 * order in which they were added. One takes the image over when the class recognised so far calls it an `unknown class`
 * (see `decide`) and the image's out-of-distribution score is lower for the added class than for every class before it.
 *
 * So an image that was decided, ok or alarm, keeps its decision whatever is added. And since the threshold of the
 * out-of-distribution score is conformal, at most a share `alpha` of the good images whose class is recognised rightly can
 * be taken over.
 *
 * @param prediction - `className` is the classifier's, `oodScores` covers all classes.
 * @param classes - `config.classes`: the trained ones, then the `added` ones.
 */
export function recognisedClass(
  { className, oodScores }: Pick<Prediction, 'className' | 'oodScores'>,
  classes: readonly string[],
  added: number,
  calibration: Calibration | undefined,
): string | undefined {
  if (className === undefined || oodScores === undefined) return className;
  let recognised = classes.indexOf(className);
  for (let index = classes.length - added; index < classes.length; index++) {
    const threshold = own(calibration?.thresholds, classes[recognised] as string)?.ood;
    const unknown = (oodScores[recognised] as number) > (threshold ?? Number.POSITIVE_INFINITY);
    if (unknown && (oodScores[index] as number) < Math.min(...oodScores.subarray(0, index)))
      recognised = index;
  }
  return classes[recognised];
}
