import { decodeSafetensors, MintError, type SafetensorsFile, type TypedTensor } from '@mint/internal';
import { normal, type WeightSpecs, zeros } from '@mint/internal/tfjs';
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

function convSources(config: EfficientNetConfig): ConvSource[] {
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
  { tensors }: SafetensorsFile,
  config: EfficientNetConfig,
  name: string,
): Record<string, TypedTensor> {
  const port = '_conv_stem.weight' in tensors ? 'lukemelas' : 'timm';
  const get: GetTensor = (tensor, shape) => {
    const found = tensors[tensor];
    if (found === undefined) {
      throw new MintError(
        'MISSING_WEIGHT',
        `${name}: tensor '${tensor}' is missing; EfficientNet-${config.variant} up to block ${Math.max(...config.blocks)} needs it.`,
      );
    }
    if (found.shape.join() !== shape.join()) {
      throw new MintError(
        'SHAPE_MISMATCH',
        `${name}: tensor '${tensor}' must be [${shape}], got [${found.shape}]; are these EfficientNet-${config.variant} weights?`,
      );
    }
    if (found.data instanceof Float32Array || found.data instanceof Float64Array) return found.data;
    throw new MintError(
      'CORRUPT_FILE',
      `${name}: tensor '${tensor}' must hold floating-point numbers, got ${found.data.constructor.name}.`,
    );
  };
  const weights: Record<string, TypedTensor> = {};
  for (const source of convSources(config)) {
    const { kernel, bias } = convWeights(source, source[port], get);
    if (![kernel, bias].every(({ data }) => data.every(Number.isFinite)))
      throw new MintError('CORRUPT_FILE', `${name}: the weights of '${source[port].conv}' are not finite.`);
    weights[`${source.name}/kernel`] = kernel;
    weights[`${source.name}/bias`] = bias;
  }
  return weights;
}

/** Values of a tensor of the file that must have this shape. */
type GetTensor = (tensor: string, shape: readonly number[]) => TypedTensor['data'];

/** Kernel and bias of one convolution, with its batch norm folded in. */
function convWeights(
  { kernel: k, outChannels: out, depthwise, inChannels }: ConvSource,
  { conv, norm }: PortNames,
  get: GetTensor,
) {
  const dIn = depthwise ? 1 : inChannels;
  const values = get(`${conv}.weight`, [out, dIn, k, k]);
  const { scale, bias } =
    norm === undefined
      ? { scale: new Float64Array(out).fill(1), bias: Float32Array.from(get(`${conv}.bias`, [out])) }
      : foldedNorm(norm, out, get);
  const data = new Float32Array(values.length);
  for (let o = 0; o < out; o++) {
    for (let i = 0; i < dIn; i++) {
      for (let p = 0; p < k * k; p++) {
        // Depthwise: [k, k, channels, 1], where the one input a channel has is the last axis.
        data[(p * dIn + i) * out + o] = (values[(o * dIn + i) * k * k + p] as number) * (scale[o] as number);
      }
    }
  }
  return {
    kernel: { shape: depthwise ? [k, k, out, 1] : [k, k, dIn, out], data },
    bias: { shape: [out], data: bias },
  };
}

/** Batch norm as a factor and a summand per channel. */
function foldedNorm(norm: string, channels: number, get: GetTensor) {
  const of = (part: string) => get(`${norm}.${part}`, [channels]);
  const [gamma, beta, mean, variance] = [of('weight'), of('bias'), of('running_mean'), of('running_var')];
  const scale = new Float64Array(channels);
  const bias = new Float32Array(channels);
  for (let c = 0; c < channels; c++) {
    const factor = (gamma[c] as number) / Math.sqrt((variance[c] as number) + EPSILON);
    scale[c] = factor;
    bias[c] = (beta[c] as number) - (mean[c] as number) * factor;
  }
  return { scale, bias };
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
