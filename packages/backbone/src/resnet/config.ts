import { MintError } from '@mint/internal';
import type { MapInfo } from '../definition.js';

/** One number for each of the four layers. */
export type FourNumbers = readonly [number, number, number, number];

/** Settings of {@link resNetFeatures}; plain JSON. */
export interface ResNetConfig {
  /** `'basic'`: two 3×3 convolutions (ResNet-18, 34). `'bottleneck'`: 1×1, 3×3, 1×1 (ResNet-50 and wider). */
  readonly block: 'basic' | 'bottleneck';
  /** Blocks of each of the four layers: `[2, 2, 2, 2]` for ResNet-18. */
  readonly depths: FourNumbers;
  /** Base channels of each layer. @defaultValue `[64, 128, 256, 512]` */
  readonly channels?: FourNumbers | undefined;
  /** Channels of a bottleneck's 3×3 convolution, for 64 base channels: 128 for wide ResNets. @defaultValue 64 */
  readonly baseWidth?: number | undefined;
  /** Which layers are the feature maps, 1 to 4. */
  readonly layers: readonly number[];
}

const CHANNELS = [64, 128, 256, 512] as const;
/** Output channels of a bottleneck, per base channel. */
export const EXPANSION = 4;

/** One convolution and the batch norm behind it. */
export interface ConvInfo {
  /** Our name and timm's, without `.weight`: `layer1.0.conv1`. */
  readonly name: string;
  /** The batch norm's name in timm and torchvision. */
  readonly norm: string;
  readonly kernel: number;
  readonly stride: number;
  readonly from: number;
  readonly to: number;
}

/** One residual block: its convolutions in order, and the projection of its input where sizes differ. */
export interface BlockInfo {
  readonly convs: readonly ConvInfo[];
  readonly shortcut?: ConvInfo | undefined;
}

/** 7×7, stride 2. */
export const STEM: ConvInfo = { name: 'conv1', norm: 'bn1', kernel: 7, stride: 2, from: 3, to: 64 };

function problemOf({
  depths,
  channels = CHANNELS,
  baseWidth = 64,
  layers,
}: ResNetConfig): string | undefined {
  const whole = (value: number, most: number) => Number.isInteger(value) && value >= 1 && value <= most;
  const last = Math.max(...layers);
  if (depths.length !== 4 || !depths.every((depth, i) => whole(depth, 64) || (depth === 0 && i >= last)))
    return `\`depths\` must be four numbers from 1 to 64, 0 only after the last of \`layers\`, got [${depths}]`;
  if (channels.length !== 4 || !channels.every((count) => whole(count, 4096)))
    return `\`channels\` must be four numbers from 1 to 4096, got [${channels}]`;
  if (!whole(baseWidth, 4096)) return `\`baseWidth\` must be a whole number from 1 to 4096, got ${baseWidth}`;
  if (layers.length === 0 || !layers.every((layer) => whole(layer, 4)))
    return `\`layers\` must list layers from 1 to 4, got [${layers}]`;
  return undefined;
}

const outChannels = ({ block, channels = CHANNELS }: ResNetConfig, layer: number): number =>
  (channels[layer - 1] as number) * (block === 'basic' ? 1 : EXPANSION);

/**
 * Channels and strides of {@link resNetFeatures}.
 *
 * @throws MintError `INVALID_ARGUMENT` for a setting out of range.
 *
 * See the example of {@link resNetFeatures}.
 */
export function resNetInfo(config: ResNetConfig): MapInfo {
  const problem = problemOf(config);
  if (problem !== undefined) throw new MintError('INVALID_ARGUMENT', `resNetInfo: ${problem}.`);
  return {
    channels: config.layers.map((layer) => outChannels(config, layer)),
    strides: config.layers.map((layer) => 2 ** (layer + 1)),
  };
}

/** Blocks of one layer, 1 to 4. */
export function layerBlocks(config: ResNetConfig, layer: number): BlockInfo[] {
  const { block, depths, channels = CHANNELS, baseWidth = 64 } = config;
  const planes = channels[layer - 1] as number;
  const to = outChannels(config, layer);
  return Array.from({ length: depths[layer - 1] as number }, (_, i): BlockInfo => {
    const prefix = `layer${layer}.${i}`;
    const stride = i === 0 && layer > 1 ? 2 : 1;
    const from = i > 0 ? to : layer === 1 ? STEM.to : outChannels(config, layer - 1);
    const conv = (n: number, kernel: number, sizes: readonly [number, number], by = 1): ConvInfo => ({
      name: `${prefix}.conv${n}`,
      norm: `${prefix}.bn${n}`,
      kernel,
      stride: by,
      from: sizes[0],
      to: sizes[1],
    });
    const mid = Math.floor(planes * (baseWidth / 64));
    return {
      convs:
        block === 'basic'
          ? [conv(1, 3, [from, planes], stride), conv(2, 3, [planes, planes])]
          : [conv(1, 1, [from, mid]), conv(2, 3, [mid, mid], stride), conv(3, 1, [mid, to])],
      shortcut:
        stride === 1 && from === to
          ? undefined
          : { name: `${prefix}.downsample.0`, norm: `${prefix}.downsample.1`, kernel: 1, stride, from, to },
    };
  });
}

/** All convolutions up to the last layer that is asked for, in order. */
export const neededConvs = (config: ResNetConfig): ConvInfo[] => [
  STEM,
  ...Array.from({ length: Math.max(...config.layers) }, (_, i) => layerBlocks(config, i + 1))
    .flat()
    .flatMap(({ convs, shortcut }) => [...convs, ...(shortcut === undefined ? [] : [shortcut])]),
];
