import { decodeSafetensors, MintError, type SafetensorsFile, type TypedTensor } from '@mint/internal';
import { subParams } from '@mint/internal/tfjs';
import type { AddedClass } from '../added-class/added-class.js';
import type { DetectorConfig } from '../config.js';
import { modelKind } from '../kinds/kinds.js';
import type { DetectorState } from '../state.js';
import type { ModelJson } from './description.js';
import { tensorShapes } from './tensor-shapes.js';

/** Largest weights that are read: several times those of EfficientNet-B7. */
const MAX_WEIGHT_BYTES = 2 ** 31;
/** More than name, shape and place of a tensor take in the header. */
const MAX_ENTRY_BYTES = 1024;

/** An upper bound on the bytes of the weights that belong to this description. */
export function weightsLimit(name: string, model: ModelJson): number {
  const shapes = shapesOf(name, model, true);
  const bytes = Object.entries(shapes).map(([tensor, shape]) =>
    shape.reduce((size, side) => size * side, model.half && tensor.startsWith('backbone/') ? 2 : 4),
  );
  const all = bytes.reduce((sum, size) => sum + size + MAX_ENTRY_BYTES, MAX_ENTRY_BYTES);
  return Math.min(MAX_WEIGHT_BYTES, all);
}

/**
 * Reads the weights of a model folder. Every length is bounded by the file's own size; nothing is executed.
 *
 * @param name - How messages refer to the folder.
 * @param actual - The SHA-256 of `weights`.
 * @throws MintError `CORRUPT_FILE`, naming the file and the tensor.
 */
export function decodeWeights(
  name: string,
  model: ModelJson,
  weights: Uint8Array,
  actual: string,
): DetectorState {
  const file = `${name}/${model.file}`;
  if (actual !== model.sha256) {
    throw new MintError(
      'CORRUPT_FILE',
      `${file}: its SHA-256 is ${actual}, model.json says ${model.sha256}; copy the folder again.`,
    );
  }
  const { tensors } = decodeSafetensors(weights, file);
  // Without statistics no added class would ever be recognised.
  const classStats = model.addedClasses > 0 || tensors['classes/means'] !== undefined;
  const directions = tensors['residual/directions']?.shape[1];
  assertTensors(file, tensors, shapesOf(name, model, classStats, directions));
  const { config, addedClasses, calibration, provenance, images, half } = model;
  const vector = (key: string) => {
    const data = tensors[key]?.data;
    return data instanceof Float32Array ? data : Float32Array.from(data ?? []);
  };
  const optional = (key: string) => (tensors[key] === undefined ? undefined : vector(key));
  const added = Array.from(
    { length: addedClasses },
    (_, i): AddedClass => ({
      weights: classWeights(config, subParams(tensors, `added/${i}/`)),
      mean: vector(`added/${i}/mean`),
      whitening: optional(`added/${i}/whitening`),
      triangles: optional(`added/${i}/triangles`),
    }),
  );
  return {
    config,
    backbone: subParams(tensors, 'backbone/'),
    half: half || undefined,
    network: subParams(tensors, 'network/'),
    featureMean: vector('features/mean'),
    featureStd: vector('features/std'),
    whitening: optional('residual/whitening'),
    placeWhitening:
      directions === undefined
        ? undefined
        : {
            directions: vector('residual/directions'),
            triangles: vector('residual/triangles'),
            shared: vector('residual/shared'),
          },
    classStats: classStats ? { means: vector('classes/means'), std: vector('classes/std') } : undefined,
    added: addedClasses === 0 ? undefined : added,
    calibration,
    provenance,
    images,
  };
}

/** Of the tensors of an added class those that the model computes with. */
function classWeights(
  config: DetectorConfig,
  tensors: Readonly<Record<string, TypedTensor>>,
): AddedClass['weights'] {
  const specs = modelKind(config).classSpecs(config);
  return Object.fromEntries(Object.entries(tensors).filter(([name]) => Object.hasOwn(specs, name)));
}

/** Whether no value is NaN or infinite: only those give something else than zero here. */
function allFinite(values: Float32Array): boolean {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] as number) * 0;
  return sum === 0;
}

/** Refuses tensors that are missing, of another shape, not finite, or not asked for. */
function assertTensors(
  file: string,
  tensors: SafetensorsFile['tensors'],
  shapes: Readonly<Record<string, readonly number[]>>,
): void {
  const corrupt = (problem: string): never => {
    throw new MintError('CORRUPT_FILE', `${file}: ${problem}`);
  };
  for (const [name, shape] of Object.entries(shapes)) {
    const got = tensors[name];
    if (got === undefined || !(got.data instanceof Float32Array) || got.shape.join() !== shape.join()) {
      const found = got === undefined ? 'it is missing' : `it is ${got.data.constructor.name} [${got.shape}]`;
      corrupt(`tensor '${name}' must be float32 [${shape}], but ${found}.`);
    } else if (!allFinite(got.data)) corrupt(`tensor '${name}' holds values that are not finite.`);
  }
  const extra = Object.keys(tensors).find((name) => !Object.hasOwn(shapes, name));
  if (extra !== undefined) corrupt(`unexpected tensor '${extra}'.`);
}

/** {@link tensorShapes} of a description, whose fields are sound one by one but may not fit together. */
function shapesOf(
  name: string,
  { config, addedClasses }: ModelJson,
  classStats: boolean,
  directions?: number,
): ReturnType<typeof tensorShapes> {
  try {
    return tensorShapes(config, addedClasses, classStats, directions);
  } catch (error) {
    if (!MintError.isInstance(error)) throw error;
    throw new MintError('CORRUPT_FILE', `${name}/model.json: ${error.message}`, { cause: error });
  }
}
