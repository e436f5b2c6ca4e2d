/** The name of the weights in folders written before names had a hash. */
export const OLD_WEIGHTS_FILE = 'model.safetensors';

/**
 * The name of a model's weights: other weights have another name, so writing them never touches those of the model before.
 *
 * @param sha256 - Of the file, in 64 hexadecimal digits.
 */
export const weightsFile = (sha256: string): string => `model-${sha256.slice(0, 16)}.safetensors`;

/** Whether a file name is one that weights of a model folder have or had. */
export const isWeightsFile = (name: string): boolean => /^model(-[0-9a-f]{16})?\.safetensors$/.test(name);
