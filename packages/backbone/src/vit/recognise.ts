import type { RecognisedBackbone, WeightsOutline } from '../definition.js';
import type { VitConfig } from './config.js';
import { timmName } from './weights.js';

/** Channels of a head in every published vision transformer. */
const HEAD = 64;

/**
 * Which blocks to take: eight from the middle of the network in two groups, each averaged, as Dinomaly (Guo et al. 2025)
 * does it. Shallower networks have fewer.
 */
export function middleBlocks(depth: number): number[][] {
  const step = Math.max(1, Math.round(depth / 12));
  const first = Math.round(depth / 6);
  const middle = Array.from({ length: 8 }, (_, i) => first + i * step).filter((block) => block < depth);
  const half = Math.ceil(middle.length / 2);
  return [middle.slice(0, half), middle.slice(half)].filter((group) => group.length > 0);
}

function positionsOf(
  shapeOf: (name: string) => readonly number[] | undefined,
  registers: number,
): VitConfig['positions'] {
  const count = shapeOf('pos_embed')?.at(-2);
  if (count === undefined) return { kind: 'rotary', temperature: 100 };
  // With a position of the class token there is one more than a square.
  const side = Math.floor(Math.sqrt(count));
  // DINOv2's own code and Hugging Face's keep a mask token; their models without registers are resampled with an offset.
  const resample = registers === 0 && shapeOf('mask_token') !== undefined ? 'offset' : 'antialias';
  return { kind: 'learned', grid: [side, side], resample };
}

/** Settings of a vision transformer from the shapes of its tensors; undefined when the file holds another network. */
export function recogniseVit({ shapes }: WeightsOutline): RecognisedBackbone<VitConfig> | undefined {
  const byName = new Map([...shapes].map(([name, shape]) => [timmName(name), shape]));
  const shapeOf = (name: string) => byName.get(name);
  const [width = 0, , patch = 0] = shapeOf('patch_embed.proj.weight') ?? [];
  const depth = [...byName.keys()].filter((name) => /^blocks\.\d+\.norm1\.weight$/.test(name)).length;
  if (depth === 0 || patch === 0 || width % HEAD !== 0) return undefined;
  const mlp = 'blocks.0.mlp';
  const packed = shapeOf(`${mlp}.w12.weight`)?.[0];
  const gated = packed !== undefined || byName.has(`${mlp}.fc1_g.weight`);
  const first = shapeOf(`${mlp}.fc1.weight`) ?? shapeOf(`${mlp}.fc1_x.weight`);
  const registers = shapeOf('reg_token')?.at(-2) ?? 0;
  const positions = positionsOf(shapeOf, registers);
  const scaled = byName.has('blocks.0.ls1.gamma');
  const config: VitConfig = {
    patch,
    width,
    depth,
    heads: width / HEAD,
    hidden: packed === undefined ? (first?.[0] ?? 4 * width) : packed / 2,
    feedForward: gated ? 'swiglu' : 'gelu',
    registers,
    positions,
    epsilon: positions.kind === 'rotary' ? 1e-5 : 1e-6,
    blocks: middleBlocks(depth),
    finalNorm: false,
    normalisation: scaled ? 'imagenet' : 'half',
  };
  const family = positions.kind === 'rotary' ? 'DINOv3' : scaled ? 'DINOv2' : 'plain';
  return {
    config,
    title: `vision transformer (${family}), patches of ${patch} pixels, ${depth} blocks, ${width} channels, ${registers} registers`,
  };
}
