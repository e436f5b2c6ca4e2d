import type { AddedClass, DetectorState, MintDetector } from '@mint/detector';
import type { CachedSample } from '../features/cached-features.js';
import type { FeatureCache } from '../features/feature-cache.js';
import type { FitConfig } from '../new-class/fit-embedding.js';

/** Good images of a class that is added, and how it may be learned. */
export interface NewClass {
  /** Images whose features are in the cache. */
  readonly samples: readonly CachedSample[];
  /** `[C]`: their mean feature. */
  readonly mean: Float32Array;
  /** For kinds that are trained step by step. */
  readonly config: FitConfig;
  /** Called with each step, from 1, and its loss. */
  readonly onStep?: ((step: number, loss: number) => void) | undefined;
}

/** How a kind of model learns. */
export interface Learner {
  /**
   * Weights of the model in closed form, from one pass over the cached features. Absent for kinds that are trained step by step.
   *
   * @param start - Has the statistics of the training images.
   */
  readonly measure?: (
    start: DetectorState,
    cache: FeatureCache,
    samples: readonly CachedSample[],
  ) => Promise<DetectorState['network']>;
  /** What a new class brings to a trained model; see `AddedClass.weights`. */
  readonly learnClass: (
    detector: MintDetector,
    cache: FeatureCache,
    added: NewClass,
  ) => Promise<AddedClass['weights']>;
}
