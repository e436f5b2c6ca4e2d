import type { SafetensorsFile, TypedTensor } from '@mint/internal';
import { turnKernel } from '../port/fold-convolution.js';
import { type Numbers, type PortTensors, portTensors } from '../port/port-tensors.js';
import { neededDepth, type VitConfig, vitInfo } from './config.js';

/** What other ports call things, in timm's words. Applied in this order. */
const RENAMES: readonly (readonly [RegExp, string])[] = [
  [/^(?:vit|dinov2|model|module|backbone|teacher\.backbone)\./, ''],
  [/^embeddings\.cls_token$/, 'cls_token'],
  [/^embeddings\.position_embeddings$/, 'pos_embed'],
  [/^embeddings\.patch_embeddings\.(?:projection\.)?/, 'patch_embed.proj.'],
  [/^(?:embeddings\.)?(?:register_tokens|storage_tokens)$/, 'reg_token'],
  [/^(?:encoder\.)?layer\.(\d+)\./, 'blocks.$1.'],
  [/\.attention\.attention\.(q|k|v)(?:uery|ey|alue)\./, '.attn.$1.'],
  [/\.attention\.(q|k|v)_proj\./, '.attn.$1.'],
  [/\.attention\.(?:output\.dense|o_proj)\./, '.attn.proj.'],
  [/\.layernorm_before\./, '.norm1.'],
  [/\.layernorm_after\./, '.norm2.'],
  [/\.intermediate\.dense\./, '.mlp.fc1.'],
  [/(\.\d+)\.output\.dense\./, '$1.mlp.fc2.'],
  [/\.layer_scale(\d)\.lambda1$/, '.ls$1.gamma'],
  [/\.gamma_(\d)$/, '.ls$1.gamma'],
  [/\.mlp\.(?:gate_proj|w1)\./, '.mlp.fc1_g.'],
  [/\.mlp\.(?:up_proj|w2)\./, '.mlp.fc1_x.'],
  [/\.mlp\.(?:down_proj|w3|weights_out)\./, '.mlp.fc2.'],
  [/\.mlp\.weights_in\./, '.mlp.w12.'],
  [/^layernorm\./, 'norm.'],
];

/** A port's name for a tensor in timm's words. */
export const timmName = (name: string): string =>
  RENAMES.reduce((renamed, [pattern, to]) => renamed.replace(pattern, to), name);

/** A linear layer of our own: kernel `[in, out]`, bias `[out]`. */
interface Linear {
  readonly kernel: TypedTensor;
  readonly bias: TypedTensor;
}

/** Kernel `[to, from]` as PyTorch has it, turned; both times `scale`, one value per output. */
function linearOf(kernel: Numbers, bias: Numbers, from: number, to: number, scale?: Numbers): Linear {
  return {
    kernel: { shape: [from, to], data: turnKernel(kernel, [to, from, 1], scale) },
    bias: { shape: [to], data: Float32Array.from(bias, (value, o) => value * (scale?.[o] ?? 1)) },
  };
}

function linear(port: PortTensors, name: string, from: number, to: number, scale?: Numbers): Linear {
  const bias = port.has(`${name}.bias`) ? port.get(`${name}.bias`, [to]) : new Float32Array(to);
  return linearOf(port.get(`${name}.weight`, [to, from]), bias, from, to, scale);
}

/** Queries, keys and values as one layer, whether the port packs them or not. Biases that are missing are 0. */
function attentionInput(port: PortTensors, attn: string, width: number): Linear {
  const parts = ['q', 'k', 'v'];
  const packed = port.has(`${attn}.qkv.weight`);
  const kernel = new Float32Array(3 * width * width);
  if (packed) kernel.set(port.get(`${attn}.qkv.weight`, [3 * width, width]));
  const bias = new Float32Array(3 * width);
  if (port.has(`${attn}.qkv.bias`)) bias.set(port.get(`${attn}.qkv.bias`, [3 * width]));
  parts.forEach((part, i) => {
    if (!packed) kernel.set(port.get(`${attn}.${part}.weight`, [width, width]), i * width * width);
    for (const name of [`${attn}.${part}.bias`, `${attn}.${part}_bias`])
      if (port.has(name)) bias.set(port.get(name, [width]), i * width);
  });
  return linearOf(kernel, bias, width, 3 * width);
}

function feedForward(
  port: PortTensors,
  mlp: string,
  config: VitConfig,
  scale?: Numbers,
): Record<string, Linear> {
  const { width, hidden, feedForward: kind } = config;
  const down = linear(port, `${mlp}.${port.has(`${mlp}.w3.weight`) ? 'w3' : 'fc2'}`, hidden, width, scale);
  // Hugging Face's DINOv3 calls the first layer `up` with and without a gate.
  if (kind === 'gelu')
    return {
      up: linear(port, `${mlp}.${port.has(`${mlp}.fc1.weight`) ? 'fc1' : 'fc1_x'}`, width, hidden),
      down,
    };
  if (!port.has(`${mlp}.w12.weight`))
    return {
      gate: linear(port, `${mlp}.fc1_g`, width, hidden),
      up: linear(port, `${mlp}.fc1_x`, width, hidden),
      down,
    };
  const kernels = port.get(`${mlp}.w12.weight`, [2 * hidden, width]);
  const biases = port.get(`${mlp}.w12.bias`, [2 * hidden]);
  const half = (at: number) =>
    linearOf(
      kernels.subarray(at * width, (at + hidden) * width),
      biases.subarray(at, at + hidden),
      width,
      hidden,
    );
  return { gate: half(0), up: half(hidden), down };
}

function blockWeights(port: PortTensors, index: number, config: VitConfig): Record<string, TypedTensor> {
  const { width } = config;
  const from = `blocks.${index}`;
  const scaleOf = (n: number) =>
    port.has(`${from}.ls${n}.gamma`) ? port.get(`${from}.ls${n}.gamma`, [width]) : undefined;
  const layers: Record<string, Linear> = {
    'attention/in': attentionInput(port, `${from}.attn`, width),
    'attention/out': linear(port, `${from}.attn.proj`, width, width, scaleOf(1)),
    ...Object.fromEntries(
      Object.entries(feedForward(port, `${from}.mlp`, config, scaleOf(2))).map(([name, layer]) => [
        `mlp/${name}`,
        layer,
      ]),
    ),
  };
  return {
    ...norm(port, `${from}.norm1`, `block${index}/norm1`, width),
    ...norm(port, `${from}.norm2`, `block${index}/norm2`, width),
    ...Object.fromEntries(
      Object.entries(layers).flatMap(([name, { kernel, bias }]) => [
        [`block${index}/${name}/kernel`, kernel],
        [`block${index}/${name}/bias`, bias],
      ]),
    ),
  };
}

const vector = (values: Numbers): TypedTensor => ({
  shape: [values.length],
  data: Float32Array.from(values),
});

const norm = (port: PortTensors, from: string, to: string, width: number): Record<string, TypedTensor> => ({
  [`${to}/gamma`]: vector(port.get(`${from}.weight`, [width])),
  [`${to}/beta`]: vector(port.get(`${from}.bias`, [width])),
});

/** The class token and, where positions are learned, their table. A position of the class token is added to it. */
function placedTokens(port: PortTensors, { width, positions }: VitConfig): Record<string, TypedTensor> {
  const token = port.get('cls_token', [1, width]);
  if (positions.kind === 'rotary') return { class: { shape: [1, width], data: Float32Array.from(token) } };
  const count = positions.grid[0] * positions.grid[1];
  const withClass = port.shapeOf('pos_embed')?.at(-2) === count + 1;
  const table = port.get('pos_embed', [withClass ? count + 1 : count, width]);
  const placed = Float32Array.from(token, (value, c) => value + (withClass ? (table[c] as number) : 0));
  return {
    class: { shape: [1, width], data: placed },
    positions: { shape: [count, width], data: Float32Array.from(table.subarray(withClass ? width : 0)) },
  };
}

/**
 * Weights by the names of {@link vitSpecs} from tensors with timm's names, Hugging Face's (`ViTModel`, `Dinov2Model`,
 * `DINOv3ViTModel`) or those of the original code. LayerScale is multiplied into the projections that it scales.
 *
 * @param name - How messages refer to the file.
 * @throws MintError `MISSING_WEIGHT`, `SHAPE_MISMATCH` or `CORRUPT_FILE`, naming file and tensor.
 *
 * @example
 * ```ts no-run
 * import { readFileSync } from 'node:fs';
 * import { decodeWeightsFile, loadVitWeights, normaliseImages, toTensors, vitFeatures } from '@mint/backbone';
 * import * as tf from '@tensorflow/tfjs-core';
 *
 * const config = {
 *   patch: 14,
 *   width: 384,
 *   depth: 12,
 *   heads: 6,
 *   hidden: 1536,
 *   feedForward: 'gelu',
 *   registers: 4,
 *   positions: { kind: 'learned', grid: [37, 37], resample: 'antialias' },
 *   epsilon: 1e-6,
 *   blocks: [11],
 *   finalNorm: true,
 *   normalisation: 'imagenet',
 * } as const;
 * const file = decodeWeightsFile(readFileSync('model.safetensors'), 'model.safetensors');
 * const params = toTensors(loadVitWeights(file, config, 'model.safetensors'));
 * const [map] = vitFeatures(params, config, normaliseImages(tf.zeros([1, 224, 224, 3])));
 * console.log(map?.shape); // [ 1, 16, 16, 384 ]
 * ```
 */
export function loadVitWeights(
  file: SafetensorsFile,
  config: VitConfig,
  name: string,
): Record<string, TypedTensor> {
  vitInfo(config); // checks the configuration
  const { patch, width, registers, finalNorm } = config;
  const what = `a vision transformer with patches of ${patch} pixels and ${width} channels`;
  const port = portTensors(file, name, what, timmName);
  const kernel = port.get('patch_embed.proj.weight', [width, 3, patch, patch]);
  return {
    'patch/kernel': {
      shape: [patch, patch, 3, width],
      data: turnKernel(kernel, [width, 3, patch * patch]),
    },
    'patch/bias': vector(port.get('patch_embed.proj.bias', [width])),
    ...placedTokens(port, config),
    ...(registers === 0
      ? {}
      : {
          registers: {
            shape: [registers, width],
            data: Float32Array.from(port.get('reg_token', [registers, width])),
          },
        }),
    ...Object.assign(
      {},
      ...Array.from({ length: neededDepth(config) }, (_, i) => blockWeights(port, i, config)),
    ),
    ...(finalNorm ? norm(port, 'norm', 'norm', width) : {}),
  };
}
