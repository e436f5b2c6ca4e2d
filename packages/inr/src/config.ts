import { assertInt, assertOneOf, assertPositiveInt, MintError } from '@mint/internal';
import type { Resolved } from '@mint/internal/tfjs';

/**
 * Where the class information in the queries comes from (our decision; the paper does not say):
 *
 * - `'soft'`: the class embeddings, mixed by the classifier's posterior. Needs no label.
 * - `'label'`: the embedding of the given label.
 * - `'hard'`: the embedding of the most probable class.
 * - `'feature'`: a linear map of the classifier's penultimate feature. There are no class embeddings.
 */
export type PromptMode = 'soft' | 'label' | 'hard' | 'feature';

const PROMPT_MODES = ['soft', 'label', 'hard', 'feature'] as const satisfies readonly PromptMode[];

/**
 * What turns class and position into queries:
 *
 * - `'siren'`: sine layers on coordinates, an implicit neural representation (our reading of MINT-AD).
 * - `'fourier'`: ReLU layers on Fourier features of the coordinates (Tancik et al. 2020), the other usual implicit
 *   representation; see {@link fourierFeatures}.
 * - `'table'`: a learned table per class and decoder layer, without any representation of position. It shows what the
 *   implicit representation is worth, and has neither class embeddings nor a prior head.
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
