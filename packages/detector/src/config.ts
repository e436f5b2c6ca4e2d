import { type BackboneConfig, IMAGENET_MEAN, IMAGENET_STD } from '@mint/backbone';
import type { Preprocessing } from '@mint/image';
import { CLASS_QUERY_DEFAULTS, type ClassQuerySettings, type Resolved } from '@mint/inr';
import { type ReconstructionSizes, UNIAD } from '@mint/transformer';

/** How the class-aware queries are made. Only read when `model` is `'mint-ad'`. */
export interface QueryConfig
  extends Omit<Resolved<ClassQuerySettings>, 'generator' | 'priorHead'>,
    Pick<ClassQuerySettings, 'generator'> {}

/** Sizes of the reconstruction transformer. */
export interface NetworkConfig extends ReconstructionSizes {
  /** Rows and columns of the neighbourhood that a token may not see, in tokens; an even size acts like the next odd one. */
  readonly window: readonly [number, number];
}

/**
 * How an image becomes the network's input: pad, resize, crop, normalise, in this order. Saved with the model, applied
 * alike in training and in use.
 */
export interface InputConfig extends Preprocessing {
  /** Mean of R, G and B, each in [0, 1]. */
  readonly mean: readonly [number, number, number];
  /** Standard deviation of R, G and B, likewise, above 0. */
  readonly std: readonly [number, number, number];
}

/** Everything that defines a detector but its weights. Plain JSON. */
export interface DetectorConfig {
  /**
   * What foretells the tokens of a good image. `'mint-ad'`: a network with class-aware queries (our reading of MINT-AD).
   * `'uniad'`: one with a learned query table per decoder layer. `'gaussian'`: no network, the mean of the class at each place.
   * `'memory'`: no network, the nearest of the tokens that are remembered around each place of the class.
   */
  readonly model: 'mint-ad' | 'uniad' | 'gaussian' | 'memory';
  /** Product classes in index order. */
  readonly classes: readonly string[];
  /** How images are prepared. */
  readonly input: InputConfig;
  /** Which frozen features are rebuilt; see `@mint/backbone`. */
  readonly backbone: BackboneConfig;
  /** Rows and columns of the token grid, N = rows · columns. */
  readonly grid: readonly [number, number];
  /**
   * `'none'`: raw backbone features, as UniAD. `'standardise'`: each channel minus its mean, over its standard
   * deviation, both measured on the training images (our decision: trains far sooner).
   */
  readonly featureScaling: 'none' | 'standardise';
  /** Sizes of the transformer. */
  readonly network: NetworkConfig;
  /** The class-aware queries. */
  readonly queries: QueryConfig;
  /**
   * Anomaly map from the residual f̂ − f. `'distance'`: its Euclidean length, as UniAD. `'whitened'`: its Mahalanobis
   * length under the residuals of the training images (our decision: channels that are always rebuilt badly no
   * longer drown those that are rebuilt well). `'whitened-by-class'`: under the residuals of the recognised class (our
   * decision: what is usual for one class may be a defect on another). `'whitened-by-class-and-place'`: under the residuals of
   * the recognised class at the same token (our decision: what is usual in one place may be a defect in another). The last two
   * are not for UniAD, which knows no classes.
   */
  readonly map: 'distance' | 'whitened' | 'whitened-by-class' | 'whitened-by-class-and-place';
  /**
   * At how many scales the map `'whitened-by-class-and-place'` is taken, 1 to 4: of the residuals at the token grid, of their means
   * over two by two tokens, and so on; the map is their weighted mean. Rows and columns of the grid are multiples of 2 to the power of
   * the scales less one. @defaultValue 1
   */
  readonly scales?: number | undefined;
  /**
   * How the anomaly map is enlarged to the size of the input, bilinearly. `'corners'`: the outer tokens lie on the corners of the
   * image, as UniAD. `'centres'`: each token lies in the middle of its cell, where patches and most convolutions have it (our
   * decision). @defaultValue 'corners'
   */
  readonly upsampling?: 'corners' | 'centres' | undefined;
  /**
   * Image score from the anomaly map: the maximum after 16×16 average pooling, the mean, or the population standard
   * deviation (UniAD: max for MVTec-AD, mean for CIFAR-10).
   */
  readonly score: 'max' | 'mean' | 'std';
  /**
   * How products with weights are computed. `'int8'`: rows and columns are rounded to 255 levels each, which is faster on processors
   * with instructions for it; statistics and limits are measured with it, and the model runs nowhere else. Only products of
   * transformers have it, not convolutions. @defaultValue 'float32'
   */
  readonly precision?: 'float32' | 'int8' | undefined;
  /** Seed of the weight draw. */
  readonly seed: number;
}

/** A configuration without the classes, on an EfficientNet. */
export interface PaperConfig extends Omit<DetectorConfig, 'classes'> {
  /** Its weights come from a file; see `readBackboneWeights` of `@mint/backbone`. */
  readonly backbone: BackboneConfig<'efficientnet'>;
}

const { grid, ...network } = UNIAD;
const { generator: _default, ...queries } = CLASS_QUERY_DEFAULTS;

/** Full size, as UniAD's published configuration for MVTec-AD; query sizes are our decision. */
export const PAPER_CONFIG: PaperConfig = {
  model: 'mint-ad',
  input: { width: 224, height: 224, filter: 'bilinear', mean: IMAGENET_MEAN, std: IMAGENET_STD },
  backbone: { kind: 'efficientnet', variant: 'b4', blocks: [1, 5, 9, 21], padding: 'static' },
  grid,
  featureScaling: 'none',
  network,
  queries,
  map: 'distance',
  score: 'max',
  seed: 133,
};
