import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { MintError, oneLine, shown } from '@mint/internal';
import { readFileOf, writeFilesAtomic } from '@mint/internal/node';
import { findBackendFactory, io, util } from '@tensorflow/tfjs-core';

const SCHEME = 'file://';
const MODEL = 'model.json';
const WEIGHTS = 'weights.bin';

/**
 * Saves models to a folder and loads them from their `model.json`, as `tf.io.fileSystem` of `@tensorflow/tfjs-node` does. The
 * files are the same. URLs that start with `file://` use it, too: `model.save('file:///models/digits')`,
 * `tf.loadLayersModel('file:///models/digits/model.json')`, `tf.loadGraphModel(…)`.
 *
 * @param path - The folder to save to, which is made if it is missing, or the JSON file to load. Relative paths start at the
 * working directory.
 * @throws MintError when it saves: `DISK_FULL`, `UNAVAILABLE`; the old files remain. When it loads: `NOT_FOUND` if the JSON file
 * or a file of weights cannot be read; `CORRUPT_FILE` if it is not a model, if it names weights outside its folder, or if a
 * file of weights has another size than the weights. Each names the file.
 *
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { fileSystem } from '@mint/backend-onnx';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { layers, loadLayersModel, sequential } from '@tensorflow/tfjs-layers';
 *
 * await tf.setBackend('onnx');
 * const folder = await mkdtemp(join(tmpdir(), 'model-'));
 * const model = sequential({ layers: [layers.dense({ units: 2, inputShape: [3] })] });
 * await model.save(fileSystem(folder));
 * const loaded = await loadLayersModel(`file://${folder}/model.json`);
 * console.log(loaded.countParams()); // 8
 * ```
 */
export function fileSystem(path: string): io.IOHandler {
  const file = resolve(path);
  return { save: (artifacts) => save(file, artifacts), load: () => load(file) };
}

/** The path of a `file://` URL, which tfjs-node does not decode. */
function pathOf(url: string): string {
  const path = url.slice(SCHEME.length);
  return process.platform === 'win32' && /^\/[a-z]:/i.test(path) ? path.slice(1) : path;
}

/** tfjs exports the function, not the name of its parameter's type. */
type Router = Parameters<typeof io.registerSaveRouter>[0];

/** Answers for `file://` URLs, unless tfjs-node is there: it registers a handler of its own, and tfjs takes no two. */
export const fileRouter: Router = (url) => {
  const ours = typeof url === 'string' && url.startsWith(SCHEME) && findBackendFactory('tensorflow') === null;
  // The type of a router knows no "not mine", which is what tfjs expects from all of them.
  return (ours ? fileSystem(pathOf(url)) : null) as io.IOHandler;
};

// Saving

async function save(folder: string, artifacts: io.ModelArtifacts): Promise<io.SaveResult> {
  if (!isRecord(artifacts.modelTopology) || 'byteLength' in artifacts.modelTopology) {
    throw new MintError('INVALID_ARGUMENT', `${folder}: only models with a JSON topology can be saved.`);
  }
  const { weightData, weightSpecs = [], ...rest } = artifacts;
  const weightsManifest = [{ paths: [WEIGHTS], weights: weightSpecs }];
  const weights = new Uint8Array(io.CompositeArrayBuffer.join(weightData));
  await writeFilesAtomic([
    { path: join(folder, WEIGHTS), content: weights },
    { path: join(folder, MODEL), content: JSON.stringify({ ...rest, weightsManifest }) },
  ]);
  return { modelArtifactsInfo: io.getModelArtifactsInfoForJSON(artifacts) };
}

// Loading

const corrupt = (path: string, what: string, cause?: unknown): MintError =>
  new MintError('CORRUPT_FILE', `${path}: ${what}.`, cause === undefined ? undefined : { cause });

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

async function load(path: string): Promise<io.ModelArtifacts> {
  const bytes = await readFileOf('model', path);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw corrupt(path, `expected the JSON of a model: ${oneLine(cause)}`, cause);
  }
  if (!isModel(json))
    throw corrupt(path, `expected the JSON of a model with a modelTopology, got ${shown(json)}`);
  return io.getModelArtifactsForJSON(json, (manifest) => loadWeights(path, manifest));
}

const isModel = (json: unknown): json is io.ModelJSON => isRecord(json) && isRecord(json.modelTopology);

/** All weights of a model, one after the other. */
async function loadWeights(
  modelPath: string,
  manifest: unknown,
): Promise<[io.WeightsManifestEntry[], io.WeightData]> {
  const groups = readManifest(modelPath, manifest);
  const parts: Uint8Array[] = [];
  for (const { paths, weights } of groups) {
    const wanted = bytesOf(modelPath, weights);
    let bytes = 0;
    for (const path of paths) {
      const part = await readFileOf('weights', path, wanted === undefined ? undefined : wanted - bytes);
      parts.push(part);
      bytes += part.byteLength;
    }
    if (wanted !== undefined && bytes !== wanted)
      throw corrupt(
        paths.join(', '),
        `expected ${wanted} bytes of weights, as ${modelPath} says, got ${bytes}`,
      );
  }
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.byteLength;
  }
  return [groups.flatMap(({ weights }) => weights), all.buffer];
}

/** Checks a `weightsManifest`, and makes its paths absolute: they must lie in the folder of the model. */
function readManifest(modelPath: string, manifest: unknown): io.WeightsManifestConfig {
  if (!Array.isArray(manifest))
    throw corrupt(modelPath, `weightsManifest must be a list, got ${shown(manifest)}`);
  const folder = dirname(modelPath);
  return manifest.map((group: unknown, i) => {
    const at = `weightsManifest[${i}]`;
    if (!isRecord(group)) throw corrupt(modelPath, `${at} must be an object, got ${shown(group)}`);
    if (!Array.isArray(group.paths))
      throw corrupt(modelPath, `${at}.paths must be a list, got ${shown(group.paths)}`);
    if (!Array.isArray(group.weights) || !group.weights.every(isWeight))
      throw corrupt(modelPath, `${at}.weights must be a list of weights with a name, a shape and a dtype`);
    const paths = group.paths.map((path: unknown) => {
      const within = typeof path === 'string' ? relative(folder, resolve(folder, path)) : '..';
      if (
        typeof path !== 'string' ||
        isAbsolute(path) ||
        isAbsolute(within) ||
        /^(\.\.)?([\\/]|$)/.test(within)
      )
        throw corrupt(
          modelPath,
          `${at}.paths must name files in the folder of the model, got ${shown(path)}`,
        );
      return join(folder, within);
    });
    return { paths, weights: group.weights };
  });
}

const isWeight = (weight: unknown): weight is io.WeightsManifestEntry =>
  isRecord(weight) &&
  typeof weight.name === 'string' &&
  typeof weight.dtype === 'string' &&
  Array.isArray(weight.shape) &&
  weight.shape.every((size) => Number.isSafeInteger(size) && size >= 0);

// Bytes per element, also of quantised weights.
const ELEMENT_BYTES: Record<string, number> = {
  float32: 4,
  int32: 4,
  bool: 1,
  complex64: 8,
  float16: 2,
  uint16: 2,
  uint8: 1,
};

/** The size of some weights; `undefined` if there is text among them, whose size their bytes say. */
function bytesOf(modelPath: string, weights: readonly io.WeightsManifestEntry[]): number | undefined {
  let bytes = 0;
  for (const { name, shape, dtype, quantization } of weights) {
    if (dtype === 'string') return undefined;
    const stored = quantization?.dtype ?? dtype;
    const each = ELEMENT_BYTES[stored];
    if (each === undefined)
      throw corrupt(modelPath, `the weight ${shown(name)} has the unknown dtype ${shown(stored)}`);
    bytes += each * util.sizeFromShape(shape);
  }
  return bytes;
}
