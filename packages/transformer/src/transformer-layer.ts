import { assertPositiveInt, MintError, randomSeed } from '@mint/internal';
import {
  addWeights,
  configDict,
  type LayerConfig,
  lastAxis,
  oneShape,
  type Params,
  type Resolved,
  readWeights,
  type WeightSpecs,
} from '@mint/internal/tfjs';
import { type serialization, type Tensor, type Tensor3D, tidy } from '@tensorflow/tfjs-core';
import { type LayerVariable, layers, type Shape } from '@tensorflow/tfjs-layers';
import { layerDropout } from './layer-random.js';
import { additiveMask } from './neighbour-mask.js';
import { checkSizes } from './specs.js';
import type { BlockContext } from './sublayers.js';

/** Which keys a token may not see: those in a window around it. Plain JSON. */
export interface NeighbourMaskConfig {
  /** Rows and columns of the token grid, N = rows · columns. */
  readonly grid: readonly [number, number];
  /** Rows and columns of the window, in tokens; an even size acts like the next odd one. */
  readonly window: readonly [number, number];
}

/** Options that attention, encoder and decoder layers share. Plain JSON. */
export interface BlockLayerConfig extends LayerConfig {
  /** Attention heads; divides the width of the tokens. */
  heads: number;
  /** Which keys a token may not see. @defaultValue none: every token sees every token */
  neighbourMask?: NeighbourMaskConfig | undefined;
  /** Share of values dropped in training, in [0, 1). @defaultValue 0.1 */
  dropout?: number | undefined;
  /** Seed of weights and dropout. @defaultValue a random one, kept in the config */
  seed?: number | undefined;
}

/** Options of `EncoderLayer` and `DecoderLayer`. Plain JSON. */
export interface TransformerLayerConfig extends BlockLayerConfig {
  /** Width of the hidden layer of the feed-forward block. */
  feedForward: number;
}

/** {@link BlockLayerConfig} with defaults filled in. */
export type BlockOptions = Resolved<Pick<BlockLayerConfig, 'heads' | 'dropout' | 'seed'>> &
  Readonly<Pick<BlockLayerConfig, 'neighbourMask'>>;

/** {@link TransformerLayerConfig} with defaults filled in. */
export type TransformerOptions = BlockOptions & Readonly<Pick<TransformerLayerConfig, 'feedForward'>>;

/** Fills in the defaults. @throws MintError `INVALID_ARGUMENT` unless heads are a positive integer. */
export function blockOptions(who: string, config: BlockLayerConfig): BlockOptions {
  const { heads, neighbourMask, dropout = 0.1, seed = randomSeed() } = config;
  assertPositiveInt(who, 'heads', heads);
  return { heads, neighbourMask, dropout, seed };
}

/** {@link blockOptions} with the width of the feed-forward block. */
export function transformerOptions(who: string, config: TransformerLayerConfig): TransformerOptions {
  assertPositiveInt(who, 'feedForward', config.feedForward);
  return { ...blockOptions(who, config), feedForward: config.feedForward };
}

/**
 * Base of the attention, encoder and decoder layer: a pure function with the weights of one layer. Weights live in the
 * layer itself, because tfjs neither trains nor saves those of a child layer.
 */
export abstract class TransformerLayer<Options extends BlockOptions> extends layers.Layer {
  /** The options, defaults filled in. */
  readonly options: Options;
  readonly #dropout: ReturnType<typeof layerDropout>;
  #variables: Record<string, LayerVariable> = {};

  /** @internal */
  protected constructor(config: LayerConfig, options: Options) {
    super(config);
    this.options = options;
    this.#dropout = layerDropout(options);
  }

  /**
   * The weights for inputs of these shapes.
   *
   * @internal
   */
  protected abstract weightSpecs(inputShape: Shape | Shape[]): WeightSpecs;

  /**
   * The pure function that the layer stands for.
   *
   * @internal
   */
  protected abstract compute(params: Params, inputs: readonly Tensor3D[], context: BlockContext): Tensor3D;

  override build(inputShape: Shape | Shape[]): void {
    const specs = this.weightSpecs(inputShape);
    this.#variables = addWeights(this.addWeight.bind(this), specs, this.options.seed);
    super.build(inputShape);
  }

  override call(inputs: Tensor | Tensor[], { training }: { training?: boolean } = {}): Tensor {
    const { heads, neighbourMask } = this.options;
    const tensors = (Array.isArray(inputs) ? inputs : [inputs]) as Tensor3D[];
    return tidy(() => {
      const mask = neighbourMask && additiveMask(neighbourMask.grid, neighbourMask.window);
      const dropout = this.#dropout.next(training);
      return this.compute(readWeights(this.#variables), tensors, { heads, mask, dropout });
    });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return oneShape(inputShape);
  }

  override dispose(): ReturnType<layers.Layer['dispose']> {
    this.#dropout.dispose();
    return super.dispose();
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...configDict(this.options) };
  }
}

/**
 * Width d of the inputs `[B, N, d]` of a layer.
 *
 * @param counts - How many inputs the layer may have.
 * @throws MintError `INVALID_ARGUMENT` for another number of inputs, or when the width is odd or not divisible by the
 * heads; `SHAPE_MISMATCH` for inputs of another rank.
 */
export function tokenWidth(
  who: string,
  inputShape: Shape | Shape[],
  counts: readonly number[],
  heads: number,
): number {
  const shapes = (Array.isArray(inputShape[0]) ? inputShape : [inputShape]) as Shape[];
  if (!counts.includes(shapes.length)) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `${who}: needs ${counts.join(' or ')} input(s), got ${shapes.length}.`,
    );
  }
  const [width = 0] = shapes.map((shape) => lastAxis(who, shape, 3));
  checkSizes(who, { hidden: width, heads });
  return width;
}
