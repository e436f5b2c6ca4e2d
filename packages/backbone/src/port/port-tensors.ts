import { MintError, type SafetensorsFile } from '@mint/internal';

/** Floating-point values of a tensor. */
export type Numbers = Float32Array | Float64Array;

/** Reads the tensors of a downloaded file by the names that timm gives them. */
export interface PortTensors {
  /** How messages refer to the file. */
  readonly file: string;
  /** Whether the file has this tensor. */
  has(name: string): boolean;
  /** Its shape, if the file has it. */
  shapeOf(name: string): readonly number[] | undefined;
  /**
   * Its values.
   *
   * @throws MintError `MISSING_WEIGHT`, `SHAPE_MISMATCH` or `CORRUPT_FILE`, naming file and tensor.
   */
  get(name: string, shape: readonly number[]): Numbers;
}

/**
 * @param what - The network, as messages say it: "EfficientNet-b4".
 * @param rename - timm's name for a tensor of the file. Default: the names are timm's.
 */
export function portTensors(
  { tensors }: SafetensorsFile,
  file: string,
  what: string,
  rename: (name: string) => string = (name) => name,
): PortTensors {
  const own = new Map(Object.keys(tensors).map((name) => [rename(name), name]));
  const find = (name: string) => {
    const key = own.get(name);
    return key === undefined ? undefined : tensors[key];
  };
  return {
    file,
    has: (name) => own.has(name),
    shapeOf: (name) => find(name)?.shape,
    get(name, shape) {
      const found = find(name);
      if (found === undefined)
        throw new MintError('MISSING_WEIGHT', `${file}: tensor '${name}' is missing; ${what} needs it.`);
      const shown = `${file}: tensor '${own.get(name)}'`;
      // A leading 1 is the batch that PyTorch gives to tokens and tables.
      if (found.shape.join() !== shape.join() && found.shape.join() !== [1, ...shape].join()) {
        throw new MintError(
          'SHAPE_MISMATCH',
          `${shown} must be [${shape}], got [${found.shape}]; are these ${what} weights?`,
        );
      }
      const { data } = found;
      if (!(data instanceof Float32Array || data instanceof Float64Array)) {
        throw new MintError(
          'CORRUPT_FILE',
          `${shown} must hold floating-point numbers, got ${data.constructor.name}.`,
        );
      }
      if (!data.every(Number.isFinite))
        throw new MintError('CORRUPT_FILE', `${shown} holds values that are not finite.`);
      return data;
    },
  };
}
