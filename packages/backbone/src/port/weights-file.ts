import { decodeSafetensors, MintError, type SafetensorsFile } from '@mint/internal';

/** First bytes of PyTorch's files: a zip archive, or a bare pickle. */
const PICKLES = [
  [0x50, 0x4b, 0x03, 0x04],
  [0x80, 0x02],
] as const;

/**
 * Decodes a downloaded file of weights.
 *
 * @param bytes - The whole file.
 * @param name - How messages refer to the file.
 * @throws MintError `INVALID_ARGUMENT` for a PyTorch pickle, with the way to convert it; `CORRUPT_FILE` when the file is not
 * in the safetensors format.
 *
 * See the example of {@link loadVitWeights}.
 */
export function decodeWeightsFile(bytes: Uint8Array, name: string): SafetensorsFile {
  if (PICKLES.some((magic) => magic.every((byte, i) => bytes[i] === byte))) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `${name}: is a PyTorch pickle, which can run code when it is read; expected a .safetensors file. Convert it once: ` +
        `python -c "import torch, safetensors.torch as s; s.save_file(torch.load('FILE', weights_only=True), 'FILE.safetensors')"`,
    );
  }
  return decodeSafetensors(bytes, name);
}
