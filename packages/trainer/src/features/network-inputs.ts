import {
  type AugmentOptions,
  augment,
  type ImageBatch,
  type Preprocessing,
  syntheticAnomaly,
  type Tile,
  tileInput,
} from '@mint/data';
import { type Look, lookedAt } from '@mint/detector';
import { deriveSeed } from '@mint/internal';
import { sha256 } from '@mint/internal/node';

/** Changes of good training images: `copies` variants of each are drawn once and learned beside it. */
export interface Augmentation extends AugmentOptions {
  /** Variants of each image, or of each of its tiles; at least 1. */
  readonly copies: number;
}

/** An input of the network: an image, one of its tiles, or a variant of either. */
export interface NetworkInput {
  /** SHA-256 under which its features are cached: that of the image where it is the image itself. */
  readonly key: string;
  /** Index of its image in the batch. */
  readonly image: number;
  /** It has a synthetic anomaly. */
  readonly isAnomalous?: boolean;
  /** RGB at input size, computed at each call. */
  readonly pixels: () => Uint8Array;
}

/** All inputs of a batch of images: the images, or the tiles of a large one. */
function inputsOf(batch: ImageBatch, preprocessing: Preprocessing): NetworkInput[] {
  const { grid, images, hashes, shape } = batch;
  const [, height, width] = shape;
  if (grid !== undefined) {
    const [hash = ''] = hashes;
    const image = { width, height, data: images };
    return grid.tiles.map((tile) => ({
      key: tileKey(hash, tile),
      image: 0,
      pixels: () => tileInput(image, tile, preprocessing).data,
    }));
  }
  const bytes = width * height * 3;
  return hashes.map((key, i) => ({
    key,
    image: i,
    pixels: () => images.subarray(i * bytes, (i + 1) * bytes),
  }));
}

/** Each input, and behind it its variants, which follow from its key, `augmentation` and `seed` alone. */
export function withVariants(
  inputs: readonly NetworkInput[],
  { copies, ...changes }: Augmentation,
  seed: number,
  { width, height }: Preprocessing,
): NetworkInput[] {
  const options = JSON.stringify(Object.entries(changes).sort(([a], [b]) => (a < b ? -1 : 1)));
  return inputs.flatMap((input) => [
    input,
    ...Array.from({ length: copies }, (_, copy): NetworkInput => {
      const drawn = deriveSeed(seed, 'augment', input.key, copy);
      return {
        key: sha256(`${input.key} ${options} ${drawn}`),
        image: input.image,
        pixels: () => augment({ image: { width, height, data: input.pixels() } }, changes, drawn).image.data,
      };
    }),
  ]);
}

/** Each input, and behind it copies with a synthetic anomaly each, which follow from its key and `seed` alone. */
export function withSyntheticAnomalies(
  inputs: readonly NetworkInput[],
  copies: number,
  seed: number,
  { width, height }: Preprocessing,
): NetworkInput[] {
  return inputs.flatMap((input) => [
    input,
    ...Array.from({ length: copies }, (_, copy): NetworkInput => {
      const drawn = deriveSeed(seed, 'defect', input.key, copy);
      return {
        key: sha256(`${input.key} defect ${drawn}`),
        image: input.image,
        isAnomalous: true,
        pixels: () => syntheticAnomaly({ width, height, data: input.pixels() }, drawn).image.data,
      };
    }),
  ]);
}

/** Inputs in which something usual stands in for what is not looked at, {@link Look}, by image. */
export function seenInputs(
  batch: ImageBatch,
  preprocessing: Preprocessing,
  looks: readonly (Look | undefined)[],
  variantsOf: (inputs: readonly NetworkInput[]) => readonly NetworkInput[],
): readonly NetworkInput[] {
  if (looks.every((look) => look === undefined)) return variantsOf(inputsOf(batch, preprocessing));
  const keys = looks.map((look) => look && sha256(JSON.stringify(look)));
  const [, height, width] = batch.shape;
  const isTiled = batch.grid !== undefined;
  const [first] = looks;
  const shown =
    isTiled && first !== undefined
      ? { ...batch, images: lookedAt({ width, height, data: batch.images }, first).data }
      : batch;
  return variantsOf(inputsOf(shown, preprocessing)).map((input) => {
    const look = looks[input.image];
    if (look === undefined) return input;
    // A variant that is mirrored is looked at where the image is, and a synthetic anomaly outside is not seen.
    const pixels = () => lookedAt({ width, height, data: input.pixels() }, look).data;
    const key = sha256(`${input.key} seen ${keys[input.image]}`);
    return { ...input, key, pixels: isTiled ? input.pixels : pixels };
  });
}

const tileKey = (hash: string, { left, top, width, height }: Tile): string =>
  sha256(`${hash} tile ${width}x${height} at ${left}, ${top}`);
