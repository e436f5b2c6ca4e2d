import { MintError } from '@mint/internal';
import type { MapInfo } from '../definition.js';

/** The eight sizes of the family (Tan and Le, ICML 2019). */
export type EfficientNetVariant = 'b0' | 'b1' | 'b2' | 'b3' | 'b4' | 'b5' | 'b6' | 'b7';

/** Compound scaling (Tan and Le, ICML 2019): width, depth, and the image side the network was made for. */
const SCALING: Record<EfficientNetVariant, { width: number; depth: number; side: number }> = {
  b0: { width: 1.0, depth: 1.0, side: 224 },
  b1: { width: 1.0, depth: 1.1, side: 240 },
  b2: { width: 1.1, depth: 1.2, side: 260 },
  b3: { width: 1.2, depth: 1.4, side: 300 },
  b4: { width: 1.4, depth: 1.8, side: 380 },
  b5: { width: 1.6, depth: 2.2, side: 456 },
  b6: { width: 1.8, depth: 2.6, side: 528 },
  b7: { width: 2.0, depth: 3.1, side: 600 },
};

/** The seven stages of B0: repeats, kernel, first stride, expansion, output channels. */
const STAGES = [
  { repeats: 1, kernel: 3, stride: 1, expand: 1, channels: 16 },
  { repeats: 2, kernel: 3, stride: 2, expand: 6, channels: 24 },
  { repeats: 2, kernel: 5, stride: 2, expand: 6, channels: 40 },
  { repeats: 3, kernel: 3, stride: 2, expand: 6, channels: 80 },
  { repeats: 3, kernel: 5, stride: 1, expand: 6, channels: 112 },
  { repeats: 4, kernel: 5, stride: 2, expand: 6, channels: 192 },
  { repeats: 1, kernel: 3, stride: 1, expand: 6, channels: 320 },
] as const;

/** One MBConv block, readable before any weight is loaded. */
export interface BlockInfo {
  /** Position among all blocks, from 0. */
  readonly index: number;
  /** Its stage, from 0 to 6. */
  readonly stage: number;
  /** Position within the stage, from 0. */
  readonly repeat: number;
  /** Side of the depthwise filter, 3 or 5. */
  readonly kernel: number;
  /** Stride of the depthwise filter, 1 or 2. */
  readonly stride: number;
  /** How many times wider than the input the block is inside, 1 or 6. */
  readonly expand: number;
  /** Channels of its input. */
  readonly inChannels: number;
  /** Channels of its output. */
  readonly outChannels: number;
  /** Channels of the squeeze-and-excitation bottleneck. */
  readonly squeeze: number;
  /** Stride of the block's output against the image. */
  readonly reduction: number;
}

/** Channels rounded to a multiple of 8, never more than 10 % down. */
function roundChannels(channels: number, width: number): number {
  const scaled = channels * width;
  const rounded = Math.max(8, Math.floor((scaled + 4) / 8) * 8);
  return rounded < 0.9 * scaled ? rounded + 8 : rounded;
}

export function stemChannels(variant: EfficientNetVariant): number {
  return roundChannels(32, SCALING[variant].width);
}

/** Side of the images the variant was designed for; `static` padding is computed from it. */
export function nominalSide(variant: EfficientNetVariant): number {
  return SCALING[variant].side;
}

/**
 * All MBConv blocks of a variant in order: 16 for B0, 32 for B4, 55 for B7.
 *
 * @example
 * ```ts
 * import { efficientNetBlocks } from '@mint/backbone';
 *
 * const blocks = efficientNetBlocks('b4');
 * console.log(blocks.length, blocks[21]?.outChannels, blocks[21]?.reduction); // 32 160 16
 * ```
 */
export function efficientNetBlocks(variant: EfficientNetVariant): readonly BlockInfo[] {
  const { width, depth } = SCALING[variant];
  const blocks: BlockInfo[] = [];
  let inChannels = stemChannels(variant);
  let reduction = 2;
  STAGES.forEach(({ repeats, kernel, stride, expand, channels }, stage) => {
    const outChannels = roundChannels(channels, width);
    for (let repeat = 0; repeat < Math.ceil(depth * repeats); repeat++) {
      const blockStride = repeat === 0 ? stride : 1;
      reduction *= blockStride;
      const squeeze = Math.max(1, Math.floor(inChannels / 4));
      blocks.push({
        index: blocks.length,
        stage,
        repeat,
        kernel,
        stride: blockStride,
        expand,
        inChannels,
        outChannels,
        squeeze,
        reduction,
      });
      inChannels = outChannels;
    }
  });
  return blocks;
}

/** Which blocks of which EfficientNet. Plain JSON. */
export interface EfficientNetConfig {
  /** Size of the network. */
  readonly variant: EfficientNetVariant;
  /** MBConv blocks, from 0, whose outputs are returned; UniAD on B4: 1, 5, 9, 21. */
  readonly blocks: readonly number[];
  /**
   * `same`: TensorFlow's SAME for the actual size. `static`: SAME amounts computed once for the variant's nominal
   * side (380 for B4), kept for every size, as the lukemelas port and so UniAD do.
   */
  readonly padding: 'same' | 'static';
}

/** The blocks up to the last one asked for. */
export function neededBlocks({ variant, blocks }: EfficientNetConfig): readonly BlockInfo[] {
  const all = efficientNetBlocks(variant);
  for (const index of blocks) {
    if (!Number.isInteger(index) || index < 0 || index >= all.length) {
      throw new MintError(
        'INVALID_ARGUMENT',
        `EfficientNet-${variant}: \`blocks\` must lie from 0 to ${all.length - 1}, got ${index}.`,
      );
    }
  }
  if (blocks.length === 0)
    throw new MintError(
      'INVALID_ARGUMENT',
      `EfficientNet-${variant}: \`blocks\` must name at least one block.`,
    );
  return all.slice(0, Math.max(...blocks) + 1);
}

/**
 * Channels and strides of the maps of {@link efficientNetFeatures}.
 *
 * @throws MintError `INVALID_ARGUMENT` when `blocks` is empty or names a block that the variant does not have.
 *
 * @example
 * ```ts
 * import { efficientNetInfo } from '@mint/backbone';
 *
 * console.log(efficientNetInfo({ variant: 'b4', blocks: [1, 5, 9, 21], padding: 'static' }));
 * // { channels: [ 24, 32, 56, 160 ], strides: [ 2, 4, 8, 16 ] }
 * ```
 */
export function efficientNetInfo(config: EfficientNetConfig): MapInfo {
  const all = neededBlocks(config);
  const picked = config.blocks.flatMap((index) => all[index] ?? []);
  return { channels: picked.map((b) => b.outChannels), strides: picked.map((b) => b.reduction) };
}
