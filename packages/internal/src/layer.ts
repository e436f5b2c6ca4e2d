import { serialization, type Tensor, tensor } from '@tensorflow/tfjs-core';
import type { initializers, LayerVariable, layers, Shape } from '@tensorflow/tfjs-layers';
import { formatShape } from './checks.js';
import { MintError } from './error.js';
import { deriveSeed, Random } from './random.js';
import type { Params, WeightSpec, WeightSpecs } from './weights.js';

/** `name`, `trainable`, `inputShape`, …: the options of every tfjs layer (tfjs does not export this type). */
export type LayerConfig = NonNullable<ConstructorParameters<typeof layers.Layer>[0]>;

/** Options with all defaults filled in. */
export type Resolved<Options> = {
  readonly [Name in keyof Options]-?: Exclude<Options[Name], undefined>;
};

/** The input of a layer that has one: tfjs passes either the tensor or an array of it. */
export function oneTensor(inputs: Tensor | Tensor[]): Tensor {
  if (!Array.isArray(inputs)) return inputs;
  const [first] = inputs;
  if (first === undefined || inputs.length !== 1) {
    throw new MintError('INVALID_ARGUMENT', `the layer takes one input, got ${inputs.length}.`);
  }
  return first;
}

/** The first of the shapes that tfjs passes to a layer, or the only one. */
export function oneShape(shape: Shape | Shape[]): Shape {
  const [first] = shape;
  return Array.isArray(first) ? first : (shape as Shape);
}

/** Size of the last axis. @throws MintError `SHAPE_MISMATCH` if it is unknown, or if the shape has fewer axes than `minRank`. */
export function lastAxis(who: string, shape: Shape, minRank: number): number {
  const last = shape.at(-1);
  if (shape.length < minRank || last == null) {
    throw new MintError(
      'SHAPE_MISMATCH',
      `${who}: the input needs at least ${minRank} axes and a known last one, got ${formatShape(shape)}.`,
    );
  }
  return last;
}

/** A tfjs initializer that draws with our seeded generator, so that weights are equal on every backend. */
class SpecInitializer extends serialization.Serializable {
  static readonly className = 'MintSpecInitializer';
  readonly #spec: WeightSpec;
  readonly #seed: number;

  constructor(spec: WeightSpec, seed: number) {
    super();
    this.#spec = spec;
    this.#seed = seed;
  }

  fromConfigUsesCustomObjects(): boolean {
    return false;
  }

  apply(shape: Shape): Tensor {
    const known = shape.map((d) => d ?? 0);
    return tensor(this.#spec.init(new Random(this.#seed), known), known);
  }

  getConfig(): serialization.ConfigDict {
    return {};
  }
}

/** tfjs does not export this type. */
type Initializer = ReturnType<typeof initializers.zeros>;

type AddWeight = (name: string, shape: Shape, dtype: 'float32', initializer: Initializer) => LayerVariable;

/**
 * Adds every weight of `specs` to a layer. Weights live in the layer itself, because tfjs neither trains nor saves those of
 * a child layer.
 *
 * @param addWeight - The layer's own: `this.addWeight.bind(this)`.
 * @returns The variables by the names of `specs`, for {@link readWeights}.
 */
export function addWeights(
  addWeight: AddWeight,
  specs: WeightSpecs,
  seed: number,
): Record<string, LayerVariable> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => [
      name,
      addWeight(
        name,
        [...spec.shape],
        'float32',
        new SpecInitializer(spec, deriveSeed(seed, spec.drawAs ?? name)),
      ),
    ]),
  );
}

/** Current values of a layer's weights, for the pure function that the layer stands for. */
export function readWeights(variables: Readonly<Record<string, LayerVariable>>): Params {
  return Object.fromEntries(Object.entries(variables).map(([name, variable]) => [name, variable.read()]));
}

/** A layer's options as tfjs saves them: plain JSON, without those that are undefined. */
export const configDict = (options: object): serialization.ConfigDict => JSON.parse(JSON.stringify(options));
