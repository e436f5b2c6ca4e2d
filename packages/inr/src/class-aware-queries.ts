import { formatShape, MintError, randomSeed } from '@mint/internal';
import { addWeights, configDict, type LayerConfig, type Resolved, readWeights } from '@mint/internal/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { type LayerVariable, layers, type Shape } from '@tensorflow/tfjs-layers';
import { classify } from './classifier.js';
import { type ClassQueryConfig, resolveConfig } from './config.js';
import { queryPrompt } from './prompt.js';
import { classQueries } from './queries.js';
import { classQuerySpecs } from './specs.js';

/** Options of {@link ClassAwareQueries}. Plain JSON, so they survive `model.save()`. */
export interface ClassAwareQueriesConfig extends LayerConfig, ClassQueryConfig {
  /** Seed of the weight draw; equal seeds give equal weights on every backend. @defaultValue a random one, kept in the config */
  seed?: number | undefined;
}

/**
 * {@link classify}, {@link classPrompt} and {@link classQueries} as one layer with its own weights.
 *
 * | | shape | dtype |
 * | --- | --- | --- |
 * | input 1, feature tokens | `[B, N, C]` | float32 |
 * | input 2, labels, in mode `'label'` only | `[B]` or `[B, 1]` | any, whole numbers in [0, K) |
 * | outputs 1 … L, the queries of each decoder layer | `[B, N, d]` | float32 |
 * | output L + 1, class logits | `[B, K]` | float32 |
 * | outputs L + 2 and L + 3, prior mean and log variance, with `priorHead` only | `[B, N, C]` | float32 |
 *
 * The logits are an output because a classification loss on them is all that the classifier learns from.
 * The weights are named as in {@link classQuerySpecs}.
 *
 * @throws MintError `INVALID_ARGUMENT` for a bad option or number of inputs, `SHAPE_MISMATCH` if the tokens are not
 * `[B, N, C]`.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { ClassAwareQueries } from '@mint/inr';
 *
 * const layer = new ClassAwareQueries({
 *   classes: 3,
 *   channels: 20,
 *   grid: [4, 4],
 *   hidden: 32,
 *   decoderLayers: 2,
 *   seed: 1,
 * });
 * const outputs = layer.apply(tf.zeros([5, 16, 20])) as tf.Tensor[]; // features of five images
 * console.log(outputs.map(({ shape }) => shape.join('x')));
 * // [ '5x16x32', '5x16x32', '5x3', '5x16x20', '5x16x20' ]
 * ```
 */
export class ClassAwareQueries extends layers.Layer {
  /** Name written into saved models. Never change it: old files would stop loading. */
  static readonly className = 'MintClassAwareQueries';

  /** The options, defaults filled in. */
  readonly options: Resolved<ClassQueryConfig & Pick<ClassAwareQueriesConfig, 'seed'>>;
  #weights: Record<string, LayerVariable> = {};

  constructor(config: ClassAwareQueriesConfig) {
    super(config);
    this.options = { ...resolveConfig('ClassAwareQueries', config), seed: config.seed ?? randomSeed() };
  }

  override build(inputShape: Shape | Shape[]): void {
    this.#checkShapes(inputShape);
    this.#weights = addWeights(this.addWeight.bind(this), classQuerySpecs(this.options), this.options.seed);
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor[] {
    const [tokens, labels] = Array.isArray(inputs) ? inputs : [inputs];
    return tf.tidy(() => {
      const params = readWeights(this.#weights);
      const { logits, posterior, penultimate } = classify(params, tokens as tf.Tensor3D);
      const prompt = queryPrompt(params, this.options, {
        posterior,
        penultimate,
        labels: labels && (tf.cast(tf.reshape(labels, [-1]), 'int32') as tf.Tensor1D),
      });
      const { queries, mu, logVar } = classQueries(params, this.options, prompt);
      return [...queries, logits, ...(mu && logVar ? [mu, logVar] : [])];
    });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape[] {
    const { classes, channels, grid, hidden, decoderLayers, priorHead } = this.options;
    const [batch = null] = this.#checkShapes(inputShape);
    const tokens = grid[0] * grid[1];
    return [
      ...Array.from({ length: decoderLayers }, (): Shape => [batch, tokens, hidden]),
      [batch, classes],
      ...(priorHead ? [0, 1].map((): Shape => [batch, tokens, channels]) : []),
    ];
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...configDict(this.options) };
  }

  /** The shape of the tokens. @throws MintError for inputs that do not fit. */
  #checkShapes(inputShape: Shape | Shape[]): Shape {
    const { mode, grid, channels } = this.options;
    const shapes = (Array.isArray(inputShape[0]) ? inputShape : [inputShape]) as Shape[];
    const expected = mode === 'label' ? 2 : 1;
    const [tokens] = shapes;
    if (tokens === undefined || shapes.length !== expected) {
      const what = expected === 2 ? 'two inputs, tokens and labels' : 'one input, the tokens';
      throw new MintError(
        'INVALID_ARGUMENT',
        `ClassAwareQueries: mode '${mode}' takes ${what}; got ${shapes.length}.`,
      );
    }
    const want: Shape = [null, grid[0] * grid[1], channels];
    if (tokens.length !== 3 || tokens.some((size, i) => i > 0 && size !== want[i])) {
      throw new MintError(
        'SHAPE_MISMATCH',
        `ClassAwareQueries: the tokens must be ${formatShape(want)}, got ${formatShape(tokens)}.`,
      );
    }
    return tokens;
  }
}
tf.serialization.registerClass(ClassAwareQueries);
