import { assertPositiveInt, MintError, randomSeed } from '@mint/internal';
import { type LayerConfig, lastAxis } from '@mint/internal/tfjs';
import type * as tf from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import type { BlockContext } from './blocks.js';
import { additiveMask } from './neighbour-mask.js';
import { onDemand } from './on-demand.js';
import { createDropout, type DropoutSource } from './random-pool.js';
import { checkSizes } from './specs.js';

/** Which keys a token may not see: those inside a window around it. Plain JSON. */
export interface NeighbourMaskConfig {
  /** Rows and columns of the token grid, N = rows · columns. */
  readonly grid: readonly [number, number];
  /** Rows and columns of the window; an even size acts like the next odd one. */
  readonly window: readonly [number, number];
}

/** Options that attention, encoder and decoder layers share. Plain JSON. */
export interface BlockLayerConfig extends LayerConfig {
  /** Attention heads; divides the width of the tokens. */
  heads: number;
  /** Which keys a token may not see. Absent: it sees all. */
  neighbourMask?: NeighbourMaskConfig;
  /** Share of values dropped in training, in [0, 1). @defaultValue 0.1 */
  dropout?: number;
  /** Seed of weights and dropout. @defaultValue a random one, kept in the config */
  seed?: number;
}

/** {@link BlockLayerConfig} with defaults filled in. */
export interface BlockOptions {
  /** Attention heads. */
  readonly heads: number;
  /** Which keys a token may not see; absent: it sees all. */
  readonly neighbourMask?: NeighbourMaskConfig;
  /** Share of values dropped in training. */
  readonly dropout: number;
  /** Seed of weights and dropout. */
  readonly seed: number;
}

export function blockOptions(who: string, config: BlockLayerConfig): BlockOptions {
  const { heads, neighbourMask, dropout = 0.1, seed = randomSeed() } = config;
  assertPositiveInt(who, 'heads', heads);
  return { heads, ...(neighbourMask === undefined ? {} : { neighbourMask }), dropout, seed };
}

/** Dropout masks of a layer, other ones at each training call; none in evaluation. */
export function layerDropout({ dropout, seed }: Pick<BlockOptions, 'dropout' | 'seed'>) {
  const pool = onDemand(() => createDropout(dropout, seed));
  return {
    next: (training = false): DropoutSource | undefined =>
      training && dropout > 0 ? pool.next() : undefined,
    dispose: () => pool.dispose(),
  };
}

/** What one call needs besides weights and tokens. */
export function callContext(
  { heads, neighbourMask }: BlockOptions,
  dropout: DropoutSource | undefined,
  position?: tf.Tensor,
): BlockContext {
  return {
    heads,
    ...(position === undefined ? {} : { position }),
    ...(neighbourMask === undefined ? {} : { mask: additiveMask(neighbourMask.grid, neighbourMask.window) }),
    ...(dropout === undefined ? {} : { dropout }),
  };
}

/**
 * Width of the tokens `[B, N, d]` of a layer with several inputs.
 *
 * @throws MintError `INVALID_ARGUMENT` for another number of inputs, `SHAPE_MISMATCH` when a width is not divisible by
 * the heads.
 */
export function tokenWidth(
  who: string,
  inputShape: Shape | Shape[],
  wanted: readonly number[],
  heads: number,
): number {
  const shapes = (Array.isArray(inputShape[0]) ? inputShape : [inputShape]) as Shape[];
  if (!wanted.includes(shapes.length)) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `${who}: needs ${wanted.join(' or ')} input(s), got ${shapes.length}.`,
    );
  }
  const [width = 0] = shapes.map((shape) => lastAxis(who, shape, 3));
  checkSizes(who, { hidden: width, heads });
  return width;
}
