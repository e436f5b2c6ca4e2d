import { formatShape, MintError } from '@mint/internal';
import { addWeights, type LayerConfig, lastAxis, oneShape, readWeights } from '@mint/internal/tfjs';
import { serialization, type Tensor, type Tensor3D, tidy } from '@tensorflow/tfjs-core';
import { type LayerVariable, layers, type Shape } from '@tensorflow/tfjs-layers';
import type { ReconstructionConfig } from './config.js';
import { createDropout, createNoise, type DropoutPool, type RandomPool } from './random-pool.js';
import { jitter, reconstruct } from './reconstruct.js';
import { reconstructionSpecs } from './specs.js';

/** Options of {@link ReconstructionTransformer}; plain JSON. */
export interface ReconstructionTransformerConfig extends LayerConfig, ReconstructionConfig {
  /** Share of values dropped in training, in [0, 1). @defaultValue 0.1 */
  readonly dropout?: number;
  /** Whether training jitters the input features. @defaultValue true */
  readonly jitter?: boolean;
  /** Seed of weights, dropout and jitter. @defaultValue 0 */
  readonly seed?: number;
}

/**
 * UniAD's reconstruction network as one tfjs layer (You et al., NeurIPS 2022).
 *
 * | | shape | dtype |
 * | --- | --- | --- |
 * | input | `[B, N, C]`, and with `queries: 'given'` also `decoderLayers` × `[B, N, hidden]` | float32 |
 * | output | `[B, N, C]` | float32 |
 *
 * @throws MintError `INVALID_ARGUMENT` for sizes that do not fit together, `SHAPE_MISMATCH` for other inputs.
 */
export class ReconstructionTransformer extends layers.Layer {
  /** Name written into saved models. Never change it: old files would stop loading. */
  static readonly className = 'MintReconstructionTransformer';

  readonly #config: ReconstructionTransformerConfig;
  #variables: Record<string, LayerVariable> = {};
  #pools: { dropout?: DropoutPool; noise?: RandomPool } | undefined;
  #step = 0;

  constructor(config: ReconstructionTransformerConfig) {
    super(config);
    reconstructionSpecs(config); // checks the sizes
    const { channels, grid, hidden, heads, feedForward, encoderLayers, decoderLayers, window, queries } =
      config;
    const { dropout = 0.1, seed = 0 } = config;
    this.#config = {
      channels,
      grid,
      hidden,
      heads,
      feedForward,
      encoderLayers,
      decoderLayers,
      ...(window === undefined ? {} : { window }),
      queries,
      dropout,
      jitter: config.jitter ?? true,
      seed,
    };
  }

  override build(inputShape: Shape | Shape[]): void {
    const { channels, queries, decoderLayers, seed = 0 } = this.#config;
    const shape = oneShape(inputShape);
    const inputs = Array.isArray(inputShape[0]) ? inputShape.length : 1;
    const wanted = queries === 'given' ? decoderLayers + 1 : 1;
    if (lastAxis('ReconstructionTransformer', shape, 3) !== channels || inputs !== wanted) {
      throw new MintError(
        'SHAPE_MISMATCH',
        `ReconstructionTransformer: needs ${wanted} input(s), the first [B, N, ${channels}]; got ${inputs}, ${formatShape(shape)}.`,
      );
    }
    this.#variables = addWeights(this.addWeight.bind(this), reconstructionSpecs(this.#config), seed);
    super.build(inputShape);
  }

  override call(inputs: Tensor | Tensor[], kwargs: { training?: boolean } = {}): Tensor {
    const [tokens, ...queries] = (Array.isArray(inputs) ? inputs : [inputs]) as [Tensor3D, ...Tensor[]];
    const given = this.#config.queries === 'given' ? { queries } : {};
    const params = readWeights(this.#variables);
    if (kwargs.training !== true) return reconstruct(params, this.#config, tokens, given);
    const { dropout, noise } = this.#training();
    const step = this.#step++;
    return tidy(() => {
      const input = noise === undefined ? tokens : jitter(tokens, noise.step(step)(tokens.shape) as Tensor3D);
      const masks = dropout === undefined ? {} : { dropout: dropout.step(step) };
      return reconstruct(params, this.#config, input, { ...given, ...masks });
    });
  }

  /** Random numbers are drawn when training begins: evaluation never pays for them. */
  #training(): { dropout?: DropoutPool; noise?: RandomPool } {
    const { dropout = 0, jitter: jittered, seed = 0 } = this.#config;
    this.#pools ??= {
      ...(dropout > 0 ? { dropout: createDropout(dropout, seed) } : {}),
      ...(jittered ? { noise: createNoise(seed) } : {}),
    };
    return this.#pools;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return oneShape(inputShape);
  }

  override dispose(): ReturnType<layers.Layer['dispose']> {
    this.#pools?.dropout?.dispose();
    this.#pools?.noise?.dispose();
    this.#pools = undefined;
    return super.dispose();
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...(this.#config as object) };
  }
}
serialization.registerClass(ReconstructionTransformer);
