import { assertPositiveInt, MintError, randomSeed } from '@mint/internal';
import {
  addWeights,
  type LayerConfig,
  lastAxis,
  oneShape,
  oneTensor,
  type Resolved,
  uniform,
} from '@mint/internal/tfjs';
import { serialization, type Tensor, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import { type LayerVariable, layers, type Shape } from '@tensorflow/tfjs-layers';
import { sirenDense } from './siren.js';

/** Options of {@link SirenDense}. Plain JSON, so they survive `model.save()`. */
export interface SirenDenseConfig extends LayerConfig {
  /** Output width, D_out. */
  units: number;
  /** Frequency factor ω₀, dimensionless, above 0. @defaultValue `30` (SIREN, section 3.2) */
  omega0?: number | undefined;
  /**
   * Whether this layer reads raw coordinates. It only sets the range that the kernel is drawn from: U(±1/D_in) if true,
   * U(±√(6/D_in)/ω₀) if false.
   * @defaultValue `false`
   */
  isFirst?: boolean | undefined;
  /** Seed of the weight draw; equal seeds give equal weights on every backend. @defaultValue a random one, kept in the config */
  seed?: number | undefined;
}

/**
 * Dense layer with a sine activation, the building block of a SIREN: {@link sirenDense} with weights of its own.
 *
 * | | shape | dtype | range |
 * | --- | --- | --- | --- |
 * | input | `[B, ..., D_in]` | float32 | [−1, 1] when `isFirst` |
 * | output | `[B, ..., units]` | float32 | [−1, 1] |
 *
 * Weights: `kernel [D_in, units]`; `bias [units]`, drawn from U(±1/√D_in) as in the authors' code.
 *
 * @throws MintError `INVALID_ARGUMENT` if `units` is not a positive integer or `omega0` is not positive and finite;
 * `SHAPE_MISMATCH` if the input has rank < 2 or an unknown last axis.
 *
 * @see Sitzmann et al., "Implicit Neural Representations with Periodic Activation Functions", NeurIPS 2020,
 * https://arxiv.org/abs/2006.09661.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { coordinateGrid, SirenDense } from '@mint/inr';
 *
 * const layer = new SirenDense({ units: 64, isFirst: true, seed: 1 });
 * const output = layer.apply(coordinateGrid(8, 8)) as tf.Tensor;
 * console.log(output.shape, layer.countParams()); // [ 64, 64 ] 192
 * ```
 */
export class SirenDense extends layers.Layer {
  /** Name written into saved models. Never change it: old files would stop loading. */
  static readonly className = 'MintSirenDense';

  /** The options, defaults filled in. */
  readonly options: Resolved<Pick<SirenDenseConfig, 'units' | 'omega0' | 'isFirst' | 'seed'>>;
  #kernel: LayerVariable | undefined;
  #bias: LayerVariable | undefined;

  constructor(config: SirenDenseConfig) {
    super(config);
    const { units, omega0 = 30, isFirst = false, seed = randomSeed() } = config;
    assertPositiveInt('SirenDense', 'units', units);
    if (!(Number.isFinite(omega0) && omega0 > 0)) {
      throw new MintError(
        'INVALID_ARGUMENT',
        `SirenDense: \`omega0\` must be positive and finite, got ${omega0}.`,
      );
    }
    this.options = { units, omega0, isFirst, seed };
  }

  override build(inputShape: Shape | Shape[]): void {
    const { units, omega0, isFirst, seed } = this.options;
    const dIn = lastAxis('SirenDense', oneShape(inputShape), 2);
    const kernel = isFirst ? 1 / dIn : Math.sqrt(6 / dIn) / omega0;
    const bias = 1 / Math.sqrt(dIn);
    const weights = addWeights(
      this.addWeight.bind(this),
      {
        kernel: { shape: [dIn, units], init: uniform(-kernel, kernel) },
        bias: { shape: [units], init: uniform(-bias, bias) },
      },
      seed,
    );
    this.#kernel = weights.kernel;
    this.#bias = weights.bias;
    super.build(inputShape);
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const [kernel, bias] = [this.#kernel?.read() as Tensor2D, this.#bias?.read() as Tensor1D];
    return sirenDense(oneTensor(inputs), kernel, bias, this.options.omega0);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return [...oneShape(inputShape).slice(0, -1), this.options.units];
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...this.options };
  }
}
serialization.registerClass(SirenDense);
