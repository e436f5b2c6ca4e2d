import {
  normal,
  ones,
  type Resolved,
  uniform,
  type WeightSpec,
  type WeightSpecs,
  xavierUniform,
  zeros,
} from '@mint/internal/tfjs';
import { type ClassQueryConfig, resolveConfig } from './config.js';
import { FOURIER_FEATURES } from './fourier-features.js';

const symmetric = (bound: number) => uniform(-bound, bound);

/** Kernel and bias of a linear layer. */
function linearSpecs(
  name: string,
  [dIn, dOut]: readonly [number, number],
  kernel = xavierUniform(),
  bias = zeros,
): WeightSpecs {
  return {
    [`${name}/kernel`]: { shape: [dIn, dOut], init: kernel },
    [`${name}/bias`]: { shape: [dOut], init: bias },
  };
}

/** The weights of `count` layers, numbered from 0. */
const stack = (count: number, layer: (l: number) => WeightSpecs): WeightSpecs =>
  Object.fromEntries(Array.from({ length: count }, (_, l) => Object.entries(layer(l))).flat());

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
 * | these three with Fourier features | `[48, W]`, `[E, W]`, `[W, W]` | U(±√(6/in)) with in = 48 + E, then W (He's rule); bias 0 |
 * | `queryHead/l` | `[W, d]` | Xavier-uniform, bias 0: queries of variance W/(W + d), 1/2 when d = W |
 * | `priorHead/{mean,logVar}` | `[W, C]` | 0: the prior starts as the standard normal, the prior loss near 1/2 |
 * | `queryResidual/l` | `[N, d]` | N(0, 1), equal in all layers as in UniAD; only with `residual` |
 * | `queryTable/l` | `[K, N·d]` | N(0, 1), equal in all layers; with tables, in place of everything but the classifier |
 *
 * @throws MintError `INVALID_ARGUMENT` for a bad option.
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
  const classifier = {
    'classifier/norm/gamma': { shape: [channels], init: ones },
    'classifier/norm/beta': { shape: [channels], init: zeros },
    ...linearSpecs('classifier/dense1', [channels, classifierWidth]),
    ...linearSpecs('classifier/dense2', [classifierWidth, classes]),
  };
  if (generator === 'table') {
    const table: WeightSpec = { shape: [classes, tokens * hidden], init: normal(), drawAs: 'queryTable' };
    return { ...classifier, ...stack(decoderLayers, (l) => ({ [`queryTable/${l}`]: table })) };
  }
  const prompt =
    mode === 'feature'
      ? linearSpecs('featurePrompt', [classifierWidth, embedding])
      : { classEmbedding: { shape: [classes, embedding], init: normal() } };
  const table: WeightSpec = { shape: [tokens, hidden], init: normal(), drawAs: 'queryResidual' };
  return {
    ...classifier,
    ...prompt,
    ...(generator === 'siren' ? sineTrunkSpecs(resolved) : fourierTrunkSpecs(resolved)),
    ...stack(decoderLayers, (l) => linearSpecs(`queryHead/${l}`, [trunkWidth, hidden])),
    ...stack(residual ? decoderLayers : 0, (l) => ({ [`queryResidual/${l}`]: table })),
    ...(priorHead ? priorHeadSpecs(resolved) : {}),
  };
}

const priorHeadSpecs = ({ trunkWidth, channels }: Resolved<ClassQueryConfig>): WeightSpecs => ({
  ...linearSpecs('priorHead/mean', [trunkWidth, channels], zeros),
  ...linearSpecs('priorHead/logVar', [trunkWidth, channels], zeros),
});

function sineTrunkSpecs({ embedding, trunkWidth, trunkLayers, omega0 }: Resolved<ClassQueryConfig>) {
  const promptKernel = symmetric(Math.sqrt(3 / embedding));
  const promptBias = symmetric(1 / Math.sqrt(embedding));
  const kernel = symmetric(Math.sqrt(6 / trunkWidth) / omega0);
  const bias = symmetric(1 / Math.sqrt(trunkWidth));
  return {
    'inr/coord/kernel': { shape: [2, trunkWidth], init: symmetric(1 / 2) },
    ...linearSpecs('inr/prompt', [embedding, trunkWidth], promptKernel, promptBias),
    ...stack(trunkLayers - 1, (m) => linearSpecs(`inr/hidden/${m}`, [trunkWidth, trunkWidth], kernel, bias)),
  };
}

function fourierTrunkSpecs({ embedding, trunkWidth, trunkLayers }: Resolved<ClassQueryConfig>) {
  const first = symmetric(Math.sqrt(6 / (FOURIER_FEATURES + embedding)));
  const kernel = symmetric(Math.sqrt(6 / trunkWidth));
  return {
    'inr/coord/kernel': { shape: [FOURIER_FEATURES, trunkWidth], init: first },
    ...linearSpecs('inr/prompt', [embedding, trunkWidth], first),
    ...stack(trunkLayers - 1, (m) => linearSpecs(`inr/hidden/${m}`, [trunkWidth, trunkWidth], kernel)),
  };
}
