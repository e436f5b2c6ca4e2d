import { formatShape, MintError, randomSeed } from '@mint/internal';
import {
  addWeights,
  configDict,
  type LayerConfig,
  lastAxis,
  oneShape,
  type Resolved,
  readWeights,
} from '@mint/internal/tfjs';
import { serialization, type Tensor, type Tensor3D, tidy } from '@tensorflow/tfjs-core';
import { type LayerVariable, layers, type Shape } from '@tensorflow/tfjs-layers';
import type { ReconstructionConfig } from './config.js';
import { jitter } from './jitter.js';
import { layerDropout, onDemand } from './layer-random.js';
import { createNoise } from './random-pool.js';
import { reconstruct } from './reconstruct.js';
import { reconstructionSpecs } from './specs.js';

/** Options of {@link ReconstructionTransformer}. Plain JSON. */
export interface ReconstructionTransformerConfig extends LayerConfig, ReconstructionConfig {
  /** Share of values dropped in training, in [0, 1). @defaultValue 0.1 */
  readonly dropout?: number | undefined;
  /** Whether training jitters the input features. @defaultValue true */
  readonly jitter?: boolean | undefined;
  /** Seed of weights, dropout and jitter. @defaultValue a random one, kept in the config */
  readonly seed?: number | undefined;
}

/**
 * {@link reconstruct} with its own weights: UniAD's reconstruction network as one tfjs layer (You et al., NeurIPS 2022). In
 * training it jitters the tokens and applies dropout.
 *
 * | | shape | dtype |
 * | --- | --- | --- |
 * | input 1, tokens | `[B, N, C]` | float32 |
 * | further inputs, with `queries: 'given'` only: the queries of each decoder layer | `[B, N, d]` | float32 |
 * | output | `[B, N, C]` | float32 |
 *
 * @throws MintError `INVALID_ARGUMENT` for sizes that do not fit together, `SHAPE_MISMATCH` for inputs that do not fit them.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { ReconstructionTransformer, UNIAD } from '@mint/transformer';
 *
 * const layer = new ReconstructionTransformer({ ...UNIAD, channels: 272, queries: 'learned', seed: 1 });
 * layer.build([null, 196, 272]);
 * console.log(layer.countParams()); // 7717392
 *
 * const small = { hidden: 32, heads: 4, feedForward: 64, encoderLayers: 1, decoderLayers: 1, grid: [4, 4] } as const;
 * const tiny = new ReconstructionTransformer({ ...small, channels: 20, queries: 'learned', seed: 1 });
 * console.log((tiny.apply(tf.zeros([2, 16, 20])) as tf.Tensor).shape); // [ 2, 16, 20 ]
 * ```
 */
export class ReconstructionTransformer extends layers.Layer {
  /** Name written into saved models. Never change it: old files would stop loading. */
  static readonly className = 'MintReconstructionTransformer';

  /** The options, defaults filled in. */
  readonly options: ReconstructionConfig &
    Resolved<Pick<ReconstructionTransformerConfig, 'dropout' | 'jitter' | 'seed'>>;
  readonly #dropout: ReturnType<typeof layerDropout>;
  readonly #noise = onDemand(() => createNoise(this.options.seed));
  #variables: Record<string, LayerVariable> = {};

  constructor(config: ReconstructionTransformerConfig) {
    super(config);
    reconstructionSpecs(config); // checks the sizes
    const { channels, grid, hidden, heads, feedForward, encoderLayers, decoderLayers, window, queries } =
      config;
    this.options = {
      channels,
      grid,
      hidden,
      heads,
      feedForward,
      encoderLayers,
      decoderLayers,
      window,
      queries,
      dropout: config.dropout ?? 0.1,
      jitter: config.jitter ?? true,
      seed: config.seed ?? randomSeed(),
    };
    this.#dropout = layerDropout(this.options);
  }

  override build(inputShape: Shape | Shape[]): void {
    const { channels, queries, decoderLayers, seed } = this.options;
    const shape = oneShape(inputShape);
    const inputs = Array.isArray(inputShape[0]) ? inputShape.length : 1;
    const wanted = queries === 'given' ? decoderLayers + 1 : 1;
    if (lastAxis('ReconstructionTransformer', shape, 3) !== channels || inputs !== wanted) {
      throw new MintError(
        'SHAPE_MISMATCH',
        `ReconstructionTransformer: needs ${wanted} input(s), the first [B, N, ${channels}]; got ${inputs}, ${formatShape(shape)}.`,
      );
    }
    this.#variables = addWeights(this.addWeight.bind(this), reconstructionSpecs(this.options), seed);
    super.build(inputShape);
  }

  override call(inputs: Tensor | Tensor[], { training = false }: { training?: boolean } = {}): Tensor {
    const [tokens, ...others] = (Array.isArray(inputs) ? inputs : [inputs]) as [Tensor3D, ...Tensor[]];
    const queries = this.options.queries === 'given' ? others : undefined;
    return tidy(() => {
      const jittered =
        training && this.options.jitter
          ? jitter(tokens, this.#noise.next()(tokens.shape) as Tensor3D)
          : tokens;
      const dropout = this.#dropout.next(training);
      return reconstruct(readWeights(this.#variables), this.options, jittered, { queries, dropout });
    });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return oneShape(inputShape);
  }

  override dispose(): ReturnType<layers.Layer['dispose']> {
    this.#dropout.dispose();
    this.#noise.dispose();
    return super.dispose();
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...configDict(this.options) };
  }
}
serialization.registerClass(ReconstructionTransformer);
