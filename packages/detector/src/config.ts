import type { BackboneConfig, EfficientNetConfig } from '@mint/backbone';
import type { PromptMode, QueryGenerator } from '@mint/inr';

/** How the class-aware queries are made; see `@mint/inr`. Only read when `model` is `'mint-ad'`. */
export interface QueryConfig {
  /** Where the class information comes from. */
  readonly mode: PromptMode;
  /** @defaultValue 'siren' */
  readonly generator?: QueryGenerator;
  /** Width of a class embedding, E. */
  readonly embedding: number;
  /** Width of the trunk's layers. */
  readonly trunkWidth: number;
  /** Number of the trunk's layers. */
  readonly trunkLayers: number;
  /** ω₀, frequency factor of the sine layers. */
  readonly omega0: number;
  /** Width of the classifier's hidden layer. */
  readonly classifierWidth: number;
  /** Adds UniAD's learned query table to the generated queries. */
  readonly residual: boolean;
}

/** Sizes of the reconstruction transformer; see `@mint/transformer`. */
export interface NetworkConfig {
  /** Width of the transformer, divisible by `heads`. */
  readonly hidden: number;
  /** Attention heads. */
  readonly heads: number;
  /** Width of the feed-forward layers. */
  readonly feedForward: number;
  /** Layers of the encoder. */
  readonly encoderLayers: number;
  /** Layers of the decoder, each with queries of its own. */
  readonly decoderLayers: number;
  /** Rows and columns of the neighbourhood a token may not see. */
  readonly window: readonly [number, number];
}

/**
 * How an image becomes the network's input: pad, resize, crop, normalise, in this order. Saved with the model, applied
 * alike in training and in use. All but `mean` and `std` is `Preprocessing` of `@mint/data`.
 */
export interface InputConfig {
  /** Width of the network's input in pixels. */
  readonly width: number;
  /** Height of the network's input in pixels. */
  readonly height: number;
  /** Pillow's filter of that name, area-aware when shrinking. */
  readonly filter: 'bilinear' | 'bicubic' | 'lanczos';
  /** First makes the image square, black on both sides of the shorter one. @defaultValue false */
  readonly padToSquare?: boolean;
  /**
   * Size before a centre crop to `width` x `height`: both sides, or the shorter one with the aspect ratio kept. Default:
   * resized straight to `width` x `height`.
   */
  readonly resize?: number | Readonly<Record<'width' | 'height', number>>;
  /**
   * `'auto'`: an image wider or higher than `width` x `height` by more than 1.5 times is not resized; the network gets it
   * in overlapping tiles of that size, at full resolution. Not with `padToSquare` or `resize`. Default: every image is
   * resized whole.
   */
  readonly tiles?: 'auto';
  /**
   * JPEG images are decoded at 1/2, 1/4 or 1/8 of their size where that is not under the size they are resized to (Pillow's
   * `Image.draft`). Not with `tiles`. @defaultValue false
   */
  readonly jpegDraft?: boolean;
  /** Mean of R, G and B, each in [0, 1]. */
  readonly mean: readonly [number, number, number];
  /** Deviation of R, G and B, likewise. */
  readonly std: readonly [number, number, number];
}

/** Everything that defines a detector but its weights. Plain JSON. */
export interface DetectorConfig {
  /** `'mint-ad'`: class-aware queries (our reading of MINT-AD). `'uniad'`: one learned query table a layer. */
  readonly model: 'mint-ad' | 'uniad';
  /** Product classes in index order. */
  readonly classes: readonly string[];
  /** How images are prepared. */
  readonly input: InputConfig;
  /** Which frozen features are rebuilt; see `@mint/backbone`. */
  readonly backbone: BackboneConfig;
  /** Rows and columns of the token grid, N = rows · columns. */
  readonly grid: readonly [number, number];
  /**
   * `'none'`: raw backbone features, as UniAD. `'standardise'`: each channel minus its mean, over its
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
   * longer drown those that are rebuilt well). `'whitened-by-class'`: under those of the class that the image is taken for (our
   * decision: what is usual for one class may be a defect on another); not for UniAD, which knows no classes.
   */
  readonly map: 'distance' | 'whitened' | 'whitened-by-class';
  /**
   * Image score from the anomaly map: the maximum after 16×16 average pooling, the mean, or the population
   * deviation (UniAD: max for MVTec-AD, mean for CIFAR-10).
   */
  readonly score: 'max' | 'mean' | 'std';
  /** Seed of the weight draw. */
  readonly seed: number;
}

/** A configuration without the classes, on an EfficientNet. */
export interface PaperConfig extends Omit<DetectorConfig, 'classes'> {
  /** Its weights come from a file; see `loadEfficientNetWeights` of `@mint/backbone`. */
  readonly backbone: Extract<BackboneConfig, EfficientNetConfig>;
}

/** Full size, as UniAD's published configuration for MVTec-AD; query sizes are our decision. */
export const PAPER_CONFIG: PaperConfig = {
  model: 'mint-ad',
  input: {
    width: 224,
    height: 224,
    filter: 'bilinear',
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  },
  backbone: { kind: 'efficientnet', variant: 'b4', blocks: [1, 5, 9, 21], padding: 'static' },
  grid: [14, 14],
  featureScaling: 'none',
  network: { hidden: 256, heads: 8, feedForward: 1024, encoderLayers: 4, decoderLayers: 4, window: [7, 7] },
  queries: {
    mode: 'soft',
    embedding: 64,
    trunkWidth: 256,
    trunkLayers: 3,
    omega0: 30,
    classifierWidth: 256,
    residual: false,
  },
  map: 'distance',
  score: 'max',
  seed: 133,
};
