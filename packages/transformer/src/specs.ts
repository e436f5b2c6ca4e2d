import { assertPositiveInt, MintError } from '@mint/internal';
import {
  normal,
  ones,
  uniform,
  type WeightSpec,
  type WeightSpecs,
  xavierUniform,
  zeros,
} from '@mint/internal/tfjs';
import type { ReconstructionConfig } from './config.js';

/** Sizes of one encoder or decoder layer. */
export interface LayerSizes {
  /** Width of the tokens, d. */
  readonly hidden: number;
  /** Attention heads; divides `hidden`. */
  readonly heads: number;
  /** Width of the hidden layer of the feed-forward block. */
  readonly feedForward: number;
}

/** Throws `INVALID_ARGUMENT` unless every size is a positive integer and the width is even and divisible by the heads. */
export function checkSizes(who: string, sizes: { hidden: number; heads: number } & Record<string, number>) {
  for (const [name, value] of Object.entries(sizes)) assertPositiveInt(who, name, value);
  const { hidden, heads } = sizes;
  if (hidden % heads !== 0 || hidden % 2 !== 0) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `${who}: \`hidden\` must be even and divisible by \`heads\`, got ${hidden} and ${heads}.`,
    );
  }
}

const dense = (name: string, dIn: number, dOut: number): WeightSpecs => ({
  [`${name}/kernel`]: { shape: [dIn, dOut], init: xavierUniform() },
  [`${name}/bias`]: { shape: [dOut], init: zeros },
});

const norm = (name: string, width: number): WeightSpecs => ({
  [`${name}/gamma`]: { shape: [width], init: ones },
  [`${name}/beta`]: { shape: [width], init: zeros },
});

/** Projections `name/q`, `k`, `v` and `out` of one attention, drawn as PyTorch draws its packed projection. */
export function attentionSpecs(name: string, hidden: number): WeightSpecs {
  const inputs = ['q', 'k', 'v'].flatMap((part): [string, WeightSpec][] => {
    const kernel = `${name}/${part}/kernel`;
    return [
      [kernel, { shape: [hidden, hidden], init: xavierUniform(3 * hidden), drawAs: kernel }],
      [`${name}/${part}/bias`, { shape: [hidden], init: zeros }],
    ];
  });
  return { ...Object.fromEntries(inputs), ...dense(`${name}/out`, hidden, hidden) };
}

/** Weights of one encoder layer. */
export function encoderLayerSpecs({ hidden, feedForward }: LayerSizes): WeightSpecs {
  return {
    ...attentionSpecs('attn', hidden),
    ...dense('ff1', hidden, feedForward),
    ...dense('ff2', feedForward, hidden),
    ...norm('norm1', hidden),
    ...norm('norm2', hidden),
  };
}

/** Weights of one decoder layer. */
export function decoderLayerSpecs({ hidden, feedForward }: LayerSizes): WeightSpecs {
  return {
    ...attentionSpecs('attn1', hidden),
    ...attentionSpecs('attn2', hidden),
    ...dense('ff1', hidden, feedForward),
    ...dense('ff2', feedForward, hidden),
    ...norm('norm1', hidden),
    ...norm('norm2', hidden),
    ...norm('norm3', hidden),
  };
}

/** Weights of a learned position embedding: `rows + cols` vectors of half the width. */
export function positionSpecs([rows, cols]: readonly [number, number], hidden: number): WeightSpecs {
  return {
    'position/row': { shape: [rows, hidden / 2], init: uniform(0, 1) },
    'position/col': { shape: [cols, hidden / 2], init: uniform(0, 1) },
  };
}

/** The weights of one layer, `count` times. Those with a `drawAs` start equal in all layers, as deep copies do. */
function stack(name: string, count: number, layer: WeightSpecs): WeightSpecs {
  const copies = Array.from({ length: count }, (_, i) =>
    Object.entries(layer).map(([weight, { drawAs, ...spec }]): [string, WeightSpec] => [
      `${name}/${i}/${weight}`,
      drawAs === undefined ? spec : { ...spec, drawAs: `${name}/*/${drawAs}` },
    ]),
  );
  return Object.fromEntries(copies.flat());
}

/**
 * Weights of the reconstruction transformer with UniAD's initialisation: linear layers Xavier-uniform with zero bias,
 * the attention's input projections from one packed `[d, 3d]` Xavier draw, norms 1 and 0, positions uniform in [0, 1),
 * query tables N(0, 1). Layers of a stack start with equal input projections and query tables, as UniAD's deep copies do;
 * each of the other linear layers is drawn on its own.
 *
 * @throws MintError `INVALID_ARGUMENT` for a size that is not a positive integer, or a width that is odd or not divisible
 * by the heads.
 *
 * @example
 * ```ts
 * import { reconstructionSpecs, UNIAD } from '@mint/transformer';
 *
 * const specs = reconstructionSpecs({ ...UNIAD, channels: 272, queries: 'learned' });
 * console.log(specs['inputProj/kernel']?.shape, specs['decoder/0/query']?.shape); // [ 272, 256 ] [ 196, 256 ]
 * ```
 */
export function reconstructionSpecs(config: ReconstructionConfig): WeightSpecs {
  const { channels, grid, hidden, heads, feedForward, encoderLayers, decoderLayers } = config;
  checkSizes('reconstructionSpecs', { channels, hidden, heads, feedForward, encoderLayers, decoderLayers });
  const query: WeightSpecs =
    config.queries === 'learned'
      ? { query: { shape: [grid[0] * grid[1], hidden], init: normal(), drawAs: 'query' } }
      : {};
  return {
    ...dense('inputProj', channels, hidden),
    ...dense('outputProj', hidden, channels),
    ...positionSpecs(grid, hidden),
    ...stack('encoder', encoderLayers, encoderLayerSpecs(config)),
    ...stack('decoder', decoderLayers, { ...query, ...decoderLayerSpecs(config) }),
    ...norm('decoder/norm', hidden),
  };
}
