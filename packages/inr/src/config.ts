import { assertInt, assertOneOf, assertPositiveInt, MintError } from '@mint/internal';
import {
  normal,
  ones,
  uniform,
  type WeightSpec,
  type WeightSpecs,
  xavierUniform,
  zeros,
} from '@mint/internal/tfjs';
import { FOURIER_FEATURES } from './fourier-features.js';

/**
 * Where the class information in the queries comes from (our decision; the paper does not say):
 *
 * - `'soft'`: class embeddings mixed by the classifier's posterior. No label needed.
 * - `'label'`: the embedding of the given label.
 * - `'hard'`: the embedding of the most probable class.
 * - `'feature'`: a linear map of the classifier's penultimate feature; no class embeddings exist.
 */
export type PromptMode = 'soft' | 'label' | 'hard' | 'feature';

const PROMPT_MODES = ['soft', 'label', 'hard', 'feature'] as const satisfies readonly PromptMode[];

/**
 * What turns class and position into queries:
 *
 * - `'siren'`: sine layers on coordinates, an implicit neural representation (our reading of MINT-AD).
 * - `'fourier'`: ReLU layers on Fourier features of the coordinates (Tancik et al. 2020), the other usual implicit
 *   representation; {@link fourierFeatures}.
 * - `'table'`: a learned table for each class and decoder layer, no representation of position at all. Shows what the
 *   implicit representation is worth; has neither class embeddings nor a prior head.
 */
export type QueryGenerator = 'siren' | 'fourier' | 'table';

const GENERATORS = ['siren', 'fourier', 'table'] as const satisfies readonly QueryGenerator[];

/**
 * Settings of the class-aware queries that a user chooses. The rest of {@link ClassQueryConfig} follows from the features
 * and from the transformer that the queries are for. Plain JSON. Defaults are our decision.
 */
export interface ClassQuerySettings {
  /** Where the class information comes from. @defaultValue `'soft'` */
  readonly mode?: PromptMode | undefined;
  /** What turns class and position into queries. @defaultValue `'siren'` */
  readonly generator?: QueryGenerator | undefined;
  /** Width of a class embedding and of the prompt, E. @defaultValue `64` */
  readonly embedding?: number | undefined;
  /** Width of the sine or ReLU layers, W. @defaultValue `256` */
  readonly trunkWidth?: number | undefined;
  /** Number of sine or ReLU layers. @defaultValue `3` */
  readonly trunkLayers?: number | undefined;
  /** Frequency factor ω₀ of the sine layers, dimensionless, above 0. @defaultValue `30`, as SIREN */
  readonly omega0?: number | undefined;
  /** Width of the classifier's hidden layer, H. @defaultValue `256` */
  readonly classifierWidth?: number | undefined;
  /** Whether there is a prior head (mean and variance of the features). @defaultValue `true`; `false` with tables */
  readonly priorHead?: boolean | undefined;
  /** Adds a learned query table to the generated queries of each layer, as UniAD has it. @defaultValue `false` */
  readonly residual?: boolean | undefined;
}

/** Everything that the weights of the class-aware query generator depend on. Plain JSON. */
export interface ClassQueryConfig extends ClassQuerySettings {
  /** Number of classes, K. */
  readonly classes: number;
  /** Channels of the feature tokens, C. */
  readonly channels: number;
  /** Rows and columns of the token grid, N = rows · columns. */
  readonly grid: readonly [number, number];
  /** Width of a query, d. */
  readonly hidden: number;
  /** Number of decoder layers. Each has its own queries. */
  readonly decoderLayers: number;
}

/** The same settings, each of them given. */
export type Resolved<Settings> = {
  readonly [Name in keyof Settings]-?: Exclude<Settings[Name], undefined>;
};

/** Defaults of {@link ClassQuerySettings}; that of `priorHead` follows from the generator. */
export const CLASS_QUERY_DEFAULTS = {
  /** The classifier's posterior mixes the class embeddings. */
  mode: 'soft',
  /** Sine layers. */
  generator: 'siren',
  /** Width of a class embedding. */
  embedding: 64,
  /** Width of the sine layers. */
  trunkWidth: 256,
  /** Number of sine layers. */
  trunkLayers: 3,
  /** Frequency factor of the sine layers, as SIREN. */
  omega0: 30,
  /** Width of the classifier's hidden layer. */
  classifierWidth: 256,
  /** No learned table beside the generated queries. */
  residual: false,
} as const satisfies ClassQuerySettings;

/** The configuration with all defaults filled in. @throws MintError `INVALID_ARGUMENT` for a bad value. */
export function resolveConfig(who: string, config: ClassQueryConfig): Resolved<ClassQueryConfig> {
  const defaults = CLASS_QUERY_DEFAULTS;
  const { mode = defaults.mode, generator = defaults.generator, residual = defaults.residual } = config;
  const { priorHead = generator !== 'table', omega0 = defaults.omega0, grid } = config;
  const sizes = {
    classes: config.classes,
    channels: config.channels,
    hidden: config.hidden,
    decoderLayers: config.decoderLayers,
    embedding: config.embedding ?? defaults.embedding,
    trunkWidth: config.trunkWidth ?? defaults.trunkWidth,
    trunkLayers: config.trunkLayers ?? defaults.trunkLayers,
    classifierWidth: config.classifierWidth ?? defaults.classifierWidth,
  };
  for (const [name, value] of Object.entries(sizes)) assertPositiveInt(who, name, value);
  assertInt(who, 'grid[0]', grid[0], 1);
  assertInt(who, 'grid[1]', grid[1], 1);
  assertOneOf(who, 'mode', mode, PROMPT_MODES);
  assertOneOf(who, 'generator', generator, GENERATORS);
  if (generator === 'table' && (mode === 'feature' || priorHead || residual)) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `${who}: generator 'table' goes with neither mode 'feature' nor \`priorHead\` nor \`residual\`; leave them out or use generator 'siren'.`,
    );
  }
  if (!(Number.isFinite(omega0) && omega0 > 0)) {
    throw new MintError('INVALID_ARGUMENT', `${who}: \`omega0\` must be positive and finite, got ${omega0}.`);
  }
  return { ...sizes, grid: [grid[0], grid[1]], mode, generator, omega0, priorHead, residual };
}

const symmetric = (bound: number) => uniform(-bound, bound);

/** Kernel and bias of a linear layer; Xavier-uniform kernel and zero bias unless told otherwise. */
function linearSpecs(
  name: string,
  [dIn, dOut]: readonly [number, number],
  kernel = xavierUniform(),
  bias = zeros,
): Record<string, WeightSpec> {
  return {
    [`${name}/kernel`]: { shape: [dIn, dOut], init: kernel },
    [`${name}/bias`]: { shape: [dOut], init: bias },
  };
}

/**
 * Every weight of classifier, class embeddings, sine trunk, query heads and prior head, with its initialisation
 * (our decision, following SIREN in the trunk):
 *
 * | weights | shape | drawn from |
 * | --- | --- | --- |
 * | `classifier/norm/{gamma,beta}` | `[C]` | 1, 0 |
 * | `classifier/dense1`, `dense2` | `[C, H]`, `[H, K]` | Xavier-uniform, bias 0 |
 * | `classEmbedding` | `[K, E]` | N(0, 1); absent in mode `'feature'` and with tables |
 * | `featurePrompt` | `[H, E]` | Xavier-uniform, bias 0; only in mode `'feature'` |
 * | `inr/coord/kernel` | `[2, W]` | U(±1/2) |
 * | `inr/prompt` | `[E, W]` | U(±√(3/E)), bias U(±1/√E): the class shifts phases by about 1 rad |
 * | `inr/hidden/m` | `[W, W]` | U(±√(6/W)/ω₀), bias U(±1/√W) |
 * | the same with Fourier features | `[48, W]`, `[E, W]`, `[W, W]` | U(±√(6/in)), in = 48 + E and W: He's rule; bias 0 |
 * | `queryHead/l` | `[W, d]` | Xavier-uniform, bias 0: queries of variance W/(W + d), 1/2 when d = W |
 * | `priorHead/{mean,logVar}` | `[W, C]` | 0: the prior starts as the standard normal, the prior loss near 1/2 |
 * | `queryResidual/l` | `[N, d]` | N(0, 1), equal in all layers as in UniAD; only with `residual` |
 * | `queryTable/l` | `[K, N·d]` | N(0, 1), equal in all layers; instead of all from `classEmbedding` on, with tables |
 *
 * @throws MintError `INVALID_ARGUMENT` on a bad option.
 *
 * @example
 * ```ts
 * import { classQuerySpecs } from '@mint/inr';
 *
 * const config = { classes: 3, channels: 20, grid: [4, 4], hidden: 32, decoderLayers: 2 } as const;
 * const specs = classQuerySpecs(config);
 * console.log(specs.classEmbedding?.shape, specs['queryHead/1/kernel']?.shape); // [ 3, 64 ] [ 256, 32 ]
 * ```
 */
export function classQuerySpecs(config: ClassQueryConfig): WeightSpecs {
  const resolved = resolveConfig('classQuerySpecs', config);
  const { classes, channels, grid, hidden, decoderLayers, mode, generator, embedding } = resolved;
  const { trunkWidth, classifierWidth, priorHead, residual } = resolved;
  const tokens = grid[0] * grid[1];
  const ofLayers = (make: (l: number) => Record<string, WeightSpec>) =>
    Object.assign({}, ...Array.from({ length: decoderLayers }, (_, l) => make(l))) as Record<
      string,
      WeightSpec
    >;
  const classifier = {
    'classifier/norm/gamma': { shape: [channels], init: ones },
    'classifier/norm/beta': { shape: [channels], init: zeros },
    ...linearSpecs('classifier/dense1', [channels, classifierWidth]),
    ...linearSpecs('classifier/dense2', [classifierWidth, classes]),
  };
  if (generator === 'table') {
    const table = { shape: [classes, tokens * hidden], init: normal(), drawAs: 'queryTable' };
    return { ...classifier, ...ofLayers((l) => ({ [`queryTable/${l}`]: table })) };
  }
  return {
    ...classifier,
    ...(mode === 'feature'
      ? linearSpecs('featurePrompt', [classifierWidth, embedding])
      : { classEmbedding: { shape: [classes, embedding], init: normal() } }),
    ...(generator === 'siren' ? sineTrunkSpecs(resolved) : fourierTrunkSpecs(resolved)),
    ...ofLayers((l) => linearSpecs(`queryHead/${l}`, [trunkWidth, hidden])),
    ...(residual
      ? ofLayers((l) => ({
          [`queryResidual/${l}`]: { shape: [tokens, hidden], init: normal(), drawAs: 'queryResidual' },
        }))
      : {}),
    ...(priorHead
      ? {
          ...linearSpecs('priorHead/mean', [trunkWidth, channels], zeros),
          ...linearSpecs('priorHead/logVar', [trunkWidth, channels], zeros),
        }
      : {}),
  };
}

function sineTrunkSpecs({ embedding, trunkWidth, trunkLayers, omega0 }: Resolved<ClassQueryConfig>) {
  const specs: Record<string, WeightSpec> = {
    'inr/coord/kernel': { shape: [2, trunkWidth], init: symmetric(1 / 2) },
    ...linearSpecs(
      'inr/prompt',
      [embedding, trunkWidth],
      symmetric(Math.sqrt(3 / embedding)),
      symmetric(1 / Math.sqrt(embedding)),
    ),
  };
  const kernel = symmetric(Math.sqrt(6 / trunkWidth) / omega0);
  const bias = symmetric(1 / Math.sqrt(trunkWidth));
  for (let m = 0; m < trunkLayers - 1; m++)
    Object.assign(specs, linearSpecs(`inr/hidden/${m}`, [trunkWidth, trunkWidth], kernel, bias));
  return specs;
}

function fourierTrunkSpecs({ embedding, trunkWidth, trunkLayers }: Resolved<ClassQueryConfig>) {
  const first = symmetric(Math.sqrt(6 / (FOURIER_FEATURES + embedding)));
  const specs: Record<string, WeightSpec> = {
    'inr/coord/kernel': { shape: [FOURIER_FEATURES, trunkWidth], init: first },
    ...linearSpecs('inr/prompt', [embedding, trunkWidth], first),
  };
  const kernel = symmetric(Math.sqrt(6 / trunkWidth));
  for (let m = 0; m < trunkLayers - 1; m++)
    Object.assign(specs, linearSpecs(`inr/hidden/${m}`, [trunkWidth, trunkWidth], kernel));
  return specs;
}
