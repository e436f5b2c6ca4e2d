import { encodeSafetensors, Random, type TypedTensor } from '@mint/internal';

/**
 * A file of weights of a small vision transformer with registers, drawn at random, under timm's names: patches of 14 pixels,
 * two blocks, 64 channels, a position table for 4 x 4 patches.
 */
export function tinyVitFile(): Uint8Array {
  const random = new Random(3);
  const [width, hidden] = [64, 96];
  const drawn = (deviation: number, ...shape: number[]): TypedTensor => {
    const size = shape.reduce((product, side) => product * side, 1);
    return { shape, data: Float32Array.from({ length: size }, () => deviation * random.normal()) };
  };
  const linear = (name: string, from: number, to: number) => ({
    [`${name}.weight`]: drawn(1 / Math.sqrt(from), to, from),
    [`${name}.bias`]: drawn(0.1, to),
  });
  const norm = (name: string) => ({
    [`${name}.weight`]: { shape: [width], data: new Float32Array(width).fill(1) },
    [`${name}.bias`]: drawn(0.1, width),
  });
  const block = (name: string) => ({
    ...norm(`${name}.norm1`),
    ...linear(`${name}.attn.qkv`, width, 3 * width),
    ...linear(`${name}.attn.proj`, width, width),
    [`${name}.ls1.gamma`]: drawn(1, width),
    ...norm(`${name}.norm2`),
    ...linear(`${name}.mlp.fc1`, width, hidden),
    ...linear(`${name}.mlp.fc2`, hidden, width),
    [`${name}.ls2.gamma`]: drawn(1, width),
  });
  const tensors = {
    cls_token: drawn(0.1, 1, 1, width),
    reg_token: drawn(0.1, 1, 2, width),
    pos_embed: drawn(0.1, 1, 16, width),
    'patch_embed.proj.weight': drawn(0.05, width, 3, 14, 14),
    'patch_embed.proj.bias': drawn(0.1, width),
    ...block('blocks.0'),
    ...block('blocks.1'),
    ...norm('norm'),
  };
  return encodeSafetensors(tensors, { license: 'CC0-1.0' });
}
