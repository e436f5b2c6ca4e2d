import { MintError } from '@mint/internal';
import type { MapInfo } from '../definition.js';

/** A learned table of position embeddings, resampled bicubically to the grid of the input. */
export interface LearnedPositions {
  /** Which kind of positions. */
  readonly kind: 'learned';
  /** Rows and columns of patches that the table was trained with. */
  readonly grid: readonly [number, number];
  /**
   * How PyTorch resamples it. `'antialias'`: to the given size, with antialiasing, as timm and DINOv2's models with
   * registers. `'offset'`: by the ratio of sizes with 0.1 added to the new one, without antialiasing, as DINOv2's
   * models without registers.
   */
  readonly resample: 'antialias' | 'offset';
}

/** Rotary position embeddings of DINOv3: queries and keys of patches are rotated by angles that follow from their place. */
export interface RotaryPositions {
  /** Which kind of positions. */
  readonly kind: 'rotary';
  /** Ratio of the longest to the shortest period. */
  readonly temperature: number;
}

/** Settings of {@link vitFeatures}; plain JSON. */
export interface VitConfig {
  /** Side of a patch in pixels. Each patch is a token; sides of the input are multiples of it. */
  readonly patch: number;
  /** Channels of a token. */
  readonly width: number;
  /** Blocks of the network. */
  readonly depth: number;
  /** Attention heads; they divide `width`. */
  readonly heads: number;
  /** Hidden units of each block's feed-forward network. */
  readonly hidden: number;
  /** `'gelu'`: two layers around an exact GELU. `'swiglu'`: SiLU(x·G)·(x·U), then a third layer (Shazeer 2020). */
  readonly feedForward: 'gelu' | 'swiglu';
  /** Register tokens beside the class token (Darcet et al. 2024). */
  readonly registers: number;
  /** How a token knows its place. */
  readonly positions: LearnedPositions | RotaryPositions;
  /** Epsilon of the layer norms. */
  readonly epsilon: number;
  /** The feature maps, counted from block 0: the output of a block, or the mean of several. */
  readonly blocks: readonly (number | readonly number[])[];
  /** Whether the network's last layer norm is applied to each output. */
  readonly finalNorm: boolean;
  /**
   * What the weights were trained with. `'imagenet'`: mean and deviation of ImageNet's channels (DINOv2, DINOv3, DeiT).
   * `'half'`: 0.5 and 0.5 (ViT's original weights).
   */
  readonly normalisation: 'imagenet' | 'half';
}

const isCount = (value: number, least: number, most: number) =>
  Number.isInteger(value) && value >= least && value <= most;

/** The first thing that is wrong with a configuration. */
function problemOf(config: VitConfig): string | undefined {
  const { patch, width, depth, heads, hidden, registers, positions, epsilon, blocks } = config;
  const count = (name: string, value: number, most: number, least = 1) =>
    isCount(value, least, most)
      ? []
      : [`\`${name}\` must be a whole number from ${least} to ${most}, got ${value}`];
  const head = width / heads;
  const outputs = blocks.map((group) => [group].flat());
  return [
    ...count('patch', patch, 64),
    ...count('width', width, 8192),
    ...count('depth', depth, 128),
    ...count('heads', heads, 256),
    ...count('hidden', hidden, 65_536),
    ...count('registers', registers, 64, 0),
    ...(Number.isInteger(head) ? [] : [`\`heads\` must divide \`width\`, got ${heads} and ${width}`]),
    ...(epsilon > 0 && epsilon < 1 ? [] : [`\`epsilon\` must lie between 0 and 1, got ${epsilon}`]),
    ...(positions.kind === 'learned'
      ? positions.grid.flatMap((side) => count('positions.grid', side, 1024))
      : [
          ...(positions.temperature > 0
            ? []
            : [`\`positions.temperature\` must be more than 0, got ${positions.temperature}`]),
          ...(head % 4 === 0
            ? []
            : [`rotary positions need \`width\` / \`heads\` to be a multiple of 4, got ${head}`]),
        ]),
    ...(outputs.length > 0 &&
    outputs.every((group) => group.length > 0 && group.every((i) => isCount(i, 0, depth - 1)))
      ? []
      : [
          `\`blocks\` must list blocks from 0 to ${depth - 1}, or groups of them, got ${JSON.stringify(blocks)}`,
        ]),
  ][0];
}

/**
 * Channels and strides of {@link vitFeatures}.
 *
 * @throws MintError `INVALID_ARGUMENT` for a setting out of range.
 *
 * See the example of {@link vitFeatures}.
 */
export function vitInfo(config: VitConfig): MapInfo {
  const problem = problemOf(config);
  if (problem !== undefined) throw new MintError('INVALID_ARGUMENT', `vitInfo: ${problem}.`);
  return {
    channels: config.blocks.map(() => config.width),
    strides: config.blocks.map(() => config.patch),
  };
}

/** Blocks that have to be computed: all up to the last one that is asked for. */
export const neededDepth = ({ blocks }: VitConfig): number => 1 + Math.max(...blocks.flat());
