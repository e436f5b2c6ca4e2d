import { encodeSafetensors, Random, type TypedTensor } from '@mint/internal';

/**
 * A file of weights of a small ResNet with a basic block in each of its first two layers, drawn at random, under torchvision's
 * names with the batch norms folded: 8 and 12 channels at strides 4 and 8.
 */
export function tinyResNetFile(): Uint8Array {
  const random = new Random(5);
  const conv = (name: string, from: number, to: number, side: number): Record<string, TypedTensor> => {
    const deviation = 1 / Math.sqrt(from * side * side);
    const drawn = (size: number) => Float32Array.from({ length: size }, () => deviation * random.normal());
    return {
      [`${name}.weight`]: { shape: [to, from, side, side], data: drawn(to * from * side * side) },
      [`${name}.bias`]: { shape: [to], data: drawn(to) },
    };
  };
  const block = (name: string, from: number, to: number) => ({
    ...conv(`${name}.conv1`, from, to, 3),
    ...conv(`${name}.conv2`, to, to, 3),
    ...conv(`${name}.downsample.0`, from, to, 1),
  });
  return encodeSafetensors({
    ...conv('conv1', 3, 64, 7),
    ...block('layer1.0', 64, 8),
    ...block('layer2.0', 8, 12),
  });
}
