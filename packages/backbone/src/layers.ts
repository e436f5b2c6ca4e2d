import { addWeights, type LayerConfig, oneShape, oneTensor, readWeights } from '@mint/internal/tfjs';
import { serialization, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { type LayerVariable, layers, type Shape } from '@tensorflow/tfjs-layers';
import { alignFeatures } from './align.js';
import { type BackboneConfig, backboneFeatures, backboneInfo, backboneSpecs } from './backbone.js';

/** Options of {@link BackboneFeatures}; plain JSON. */
export interface BackboneFeaturesConfig extends LayerConfig {
  /** Which backbone, and its settings. */
  readonly backbone: BackboneConfig;
}

/**
 * A frozen backbone as one tfjs layer: normalised images `[B, H, W, 3]` in, one map `[B, h, w, C]` for each entry of
 * `backboneInfo(backbone)` out. Its weights are not trainable and start at random: set them with `setWeights`, in the
 * order of `backboneSpecs(backbone)`, or load a saved model.
 *
 * @throws MintError `INVALID_ARGUMENT` for a setting out of range.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { AlignFeatures, BackboneFeatures } from '@mint/backbone';
 *
 * const images = tf.zeros([2, 64, 64, 3]);
 * const maps = new BackboneFeatures({ backbone: { kind: 'scattering' } }).apply(images) as tf.Tensor[];
 * const features = new AlignFeatures({ grid: [4, 4] }).apply(maps) as tf.Tensor;
 * console.log(maps.length, features.shape); // 3 [ 2, 4, 4, 147 ]
 * ```
 */
export class BackboneFeatures extends layers.Layer {
  /** Name written into saved models. Never change it: old files would stop loading. */
  static readonly className = 'MintBackboneFeatures';

  readonly #backbone: BackboneConfig;
  #variables: Record<string, LayerVariable> = {};

  constructor(config: BackboneFeaturesConfig) {
    super({ ...config, trainable: false });
    backboneInfo(config.backbone); // checks the configuration
    this.#backbone = config.backbone;
  }

  override build(inputShape: Shape | Shape[]): void {
    this.#variables = addWeights(this.addWeight.bind(this), backboneSpecs(this.#backbone), 0);
    super.build(inputShape);
  }

  override call(inputs: Tensor | Tensor[]): Tensor[] {
    return backboneFeatures(readWeights(this.#variables), this.#backbone, oneTensor(inputs) as Tensor4D);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape[] {
    const [batch, height, width] = oneShape(inputShape);
    const { channels, strides } = backboneInfo(this.#backbone);
    const side = (size: number | null | undefined, stride: number) =>
      size == null ? null : Math.ceil(size / stride);
    return channels.map((count, i) => {
      const stride = strides[i] as number;
      return [batch ?? null, side(height, stride), side(width, stride), count];
    });
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), backbone: Object.fromEntries(Object.entries(this.#backbone)) };
  }
}
serialization.registerClass(BackboneFeatures);

/** Options of {@link AlignFeatures}; plain JSON. */
export interface AlignFeaturesConfig extends LayerConfig {
  /** Rows and columns of the common grid. */
  readonly grid: readonly [number, number];
}

/**
 * {@link alignFeatures} as a tfjs layer: several maps `[B, h_i, w_i, C_i]` in, `[B, rows, cols, ΣC_i]` out.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { AlignFeatures } from '@mint/backbone';
 *
 * const maps = [tf.zeros([1, 16, 16, 24]), tf.zeros([1, 4, 4, 160])];
 * console.log((new AlignFeatures({ grid: [4, 4] }).apply(maps) as tf.Tensor).shape); // [ 1, 4, 4, 184 ]
 * ```
 */
export class AlignFeatures extends layers.Layer {
  /** Name written into saved models. Never change it: old files would stop loading. */
  static readonly className = 'MintAlignFeatures';

  readonly #grid: readonly [number, number];

  constructor(config: AlignFeaturesConfig) {
    super(config);
    this.#grid = config.grid;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return alignFeatures((Array.isArray(inputs) ? inputs : [inputs]) as Tensor4D[], this.#grid);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const shapes = (Array.isArray(inputShape[0]) ? inputShape : [inputShape]) as Shape[];
    const channels = shapes.reduce((sum, shape) => sum + (shape[3] ?? 0), 0);
    return [shapes[0]?.[0] ?? null, ...this.#grid, channels];
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), grid: [...this.#grid] };
  }
}
serialization.registerClass(AlignFeatures);
