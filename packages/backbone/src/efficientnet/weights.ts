import { decodeSafetensors, type SafetensorsFile, type TypedTensor } from '@mint/internal';
import { normal, type WeightSpecs, zeros } from '@mint/internal/tfjs';
import { foldConvolution } from '../port/fold-convolution.js';
import { portTensors } from '../port/port-tensors.js';
import { type BlockInfo, type EfficientNetConfig, neededBlocks, stemChannels } from './blocks.js';

/** Batch norm's epsilon in every EfficientNet port. */
const EPSILON = 1e-3;

/** Names of a convolution and of the batch norm after it, if there is one. */
interface PortNames {
  readonly conv: string;
  readonly norm?: string | undefined;
}

/** One convolution: our name, its sizes, and its names in the two known ports. */
interface ConvSource {
  readonly name: string;
  readonly kernel: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly depthwise: boolean;
  readonly lukemelas: PortNames;
  readonly timm: PortNames;
}

export function convSources(config: EfficientNetConfig): ConvSource[] {
  const stem: ConvSource = {
    name: 'stem',
    kernel: 3,
    inChannels: 3,
    outChannels: stemChannels(config.variant),
    depthwise: false,
    lukemelas: { conv: '_conv_stem', norm: '_bn0' },
    timm: { conv: 'conv_stem', norm: 'bn1' },
  };
  return [stem, ...neededBlocks(config).flatMap(blockSources)];
}

function blockSources({
  index,
  stage,
  repeat,
  kernel,
  expand,
  inChannels,
  outChannels,
  squeeze,
}: BlockInfo): ConvSource[] {
  const mid = inChannels * expand;
  const source = (
    part: string,
    sizes: readonly [kernel: number, dIn: number, dOut: number],
    [luConv, luNorm]: readonly [string, string?],
    [timmConv, timmNorm]: readonly [string, string?],
  ): ConvSource => ({
    name: `block${index}/${part}`,
    kernel: sizes[0],
    inChannels: sizes[1],
    outChannels: sizes[2],
    depthwise: part === 'depthwise',
    lukemelas: {
      conv: `_blocks.${index}.${luConv}`,
      norm: luNorm && `_blocks.${index}.${luNorm}`,
    },
    timm: {
      conv: `blocks.${stage}.${repeat}.${timmConv}`,
      norm: timmNorm && `blocks.${stage}.${repeat}.${timmNorm}`,
    },
  });
  // timm numbers batch norms by position and names the last convolution by it: a block without expansion has one fewer.
  const expands = expand > 1;
  return [
    ...(expands
      ? [source('expand', [1, inChannels, mid], ['_expand_conv', '_bn0'], ['conv_pw', 'bn1'])]
      : []),
    source(
      'depthwise',
      [kernel, mid, mid],
      ['_depthwise_conv', '_bn1'],
      ['conv_dw', expands ? 'bn2' : 'bn1'],
    ),
    source('reduce', [1, mid, squeeze], ['_se_reduce'], ['se.conv_reduce']),
    source('grow', [1, squeeze, mid], ['_se_expand'], ['se.conv_expand']),
    source(
      'project',
      [1, mid, outChannels],
      ['_project_conv', '_bn2'],
      expands ? ['conv_pwl', 'bn3'] : ['conv_pw', 'bn2'],
    ),
  ];
}

/**
 * Shapes of the folded weights: one kernel and one bias a convolution, in tfjs layout. Random draws, for tests.
 *
 * @throws MintError as {@link efficientNetInfo}.
 *
 * @example
 * ```ts
 * import { efficientNetSpecs } from '@mint/backbone';
 *
 * const specs = efficientNetSpecs({ variant: 'b4', blocks: [1], padding: 'static' });
 * console.log(specs['stem/kernel']?.shape, specs['block0/depthwise/kernel']?.shape);
 * // [ 3, 3, 3, 48 ] [ 3, 3, 48, 1 ]
 * ```
 */
export function efficientNetSpecs(config: EfficientNetConfig): WeightSpecs {
  return Object.fromEntries(
    convSources(config).flatMap(({ name, kernel, inChannels, outChannels, depthwise }) => {
      const shape = depthwise ? [kernel, kernel, outChannels, 1] : [kernel, kernel, inChannels, outChannels];
      const fanIn = depthwise ? kernel * kernel : kernel * kernel * inChannels;
      return [
        [`${name}/kernel`, { shape, init: normal(1 / Math.sqrt(fanIn)) }],
        [`${name}/bias`, { shape: [outChannels], init: zeros }],
      ] as const;
    }),
  );
}

/**
 * Converts a port's tensors: folds each batch norm into its convolution (in float64) and turns kernels from
 * `[out, in, h, w]` to tfjs' `[h, w, in, out]`. Only what the configured blocks need is read.
 *
 * @param file - Content of a safetensors file with lukemelas or timm (`tf_efficientnet_*`) names.
 * @param name - How messages refer to the file.
 * @returns Weights by our names, of the shapes of {@link efficientNetSpecs}; {@link toTensors} makes tensors of them.
 * @throws MintError `MISSING_WEIGHT`, `SHAPE_MISMATCH` or `CORRUPT_FILE`, naming file and tensor.
 *
 * @example
 * ```ts
 * import { loadEfficientNetWeights, MintError } from '@mint/backbone';
 *
 * const config = { variant: 'b4', blocks: [1, 5, 9, 21], padding: 'static' } as const;
 * try {
 *   loadEfficientNetWeights({ tensors: {}, metadata: {} }, config, 'b4.safetensors');
 * } catch (error) {
 *   if (!MintError.isInstance(error)) throw error;
 *   console.log(error.message);
 *   // b4.safetensors: tensor 'conv_stem.weight' is missing; EfficientNet-b4 up to block 21 needs it.
 * }
 * ```
 */
export function loadEfficientNetWeights(
  file: SafetensorsFile,
  config: EfficientNetConfig,
  name: string,
): Record<string, TypedTensor> {
  const names = '_conv_stem.weight' in file.tensors ? 'lukemelas' : 'timm';
  const what = `EfficientNet-${config.variant} up to block ${Math.max(...config.blocks)}`;
  const port = portTensors(file, name, what);
  return Object.fromEntries(
    convSources(config).flatMap((source) => {
      const sizes = { kernel: source.kernel, from: source.inChannels, to: source.outChannels };
      const convolution = { ...source[names], ...sizes, depthwise: source.depthwise };
      const { kernel, bias } = foldConvolution(port, convolution, EPSILON);
      return [[`${source.name}/kernel`, kernel] as const, [`${source.name}/bias`, bias] as const];
    }),
  );
}

/**
 * {@link loadEfficientNetWeights} from the bytes of a `.safetensors` file (F32, F16 or BF16).
 *
 * @param bytes - The whole file.
 * @param name - How messages refer to the file.
 * @throws MintError as {@link loadEfficientNetWeights}; `CORRUPT_FILE` when it is not a safetensors file.
 *
 * @example
 * ```ts no-run
 * import { readFileSync } from 'node:fs';
 * import { readEfficientNetWeights, toTensors } from '@mint/backbone';
 *
 * const config = { variant: 'b4', blocks: [1, 5, 9, 21], padding: 'static' } as const;
 * const weights = readEfficientNetWeights(readFileSync('b4.safetensors'), config, 'b4.safetensors');
 * console.log(toTensors(weights)['stem/kernel']?.shape); // [ 3, 3, 3, 48 ]
 * ```
 */
export function readEfficientNetWeights(
  bytes: Uint8Array,
  config: EfficientNetConfig,
  name: string,
): Record<string, TypedTensor> {
  return loadEfficientNetWeights(decodeSafetensors(bytes, name), config, name);
}
