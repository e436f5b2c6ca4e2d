import { encodeSafetensors, floatsToHalves, type HalfTensor, type TypedTensor } from '@mint/internal';
import { prefixed } from '@mint/internal/tfjs';
import { calibrationToJson } from '../limits/calibration.js';
import type { ImageSets } from '../limits/image-sets.js';
import { type DetectorState, placeShapes, trainedConfig, whiteningShape } from '../state.js';
import { FORMAT_VERSION } from './description.js';

/** The two files of a model folder. `describe` gives the text of `model.json` for the weights' file name and SHA-256. */
export function encodeModel(state: DetectorState): {
  weights: Uint8Array;
  describe: (file: string, sha256: string) => string;
} {
  const weights = encodeSafetensors(tensorsOf(state), { format: 'mint-model' });
  const { config, added = [], calibration, provenance, images, half } = state;
  const describe = (file: string, sha256: string) => ({
    format: 'mint-model',
    version: FORMAT_VERSION,
    config,
    addedClasses: added.length === 0 ? undefined : added.length,
    calibration: calibration && calibrationToJson(calibration),
    provenance,
    pictures: images && imagesToJson(images),
    weights: { file, sha256, backbone: half ? 'f16' : undefined },
  });
  return {
    weights,
    describe: (...names) => `${foldLists(JSON.stringify(describe(...names), null, 2))}\n`,
  };
}

/** All tensors by the names of `tensorShapes`. */
function tensorsOf(state: DetectorState): Record<string, TypedTensor | HalfTensor> {
  const {
    config,
    backbone,
    whitening,
    placeWhitening,
    classStats,
    added = [],
    featureMean,
    featureStd,
  } = state;
  const channels = featureMean.length;
  const trained = trainedConfig(config, added.length);
  const vector = (data: Float32Array) => ({ shape: [data.length], data });
  const tensors: Record<string, TypedTensor | HalfTensor> = {
    ...prefixed<TypedTensor | HalfTensor>('backbone/', state.half ? asHalf(backbone) : backbone),
    ...prefixed('network/', state.network),
    'features/mean': vector(featureMean),
    'features/std': vector(featureStd),
  };
  if (whitening !== undefined)
    tensors['residual/whitening'] = { shape: whiteningShape(trained, channels), data: whitening };
  const places =
    placeWhitening && placeShapes(trained, channels, placeWhitening.directions.length / channels);
  if (placeWhitening !== undefined && places !== undefined) {
    const { directions, triangles, shared } = placeWhitening;
    tensors['residual/directions'] = { shape: places.directions, data: directions };
    tensors['residual/triangles'] = { shape: places.triangles, data: floatsToHalves(triangles) };
    tensors['residual/shared'] = { shape: places.shared, data: shared };
  }
  if (classStats !== undefined) {
    tensors['classes/means'] = { shape: [trained.classes.length, channels], data: classStats.means };
    tensors['classes/std'] = vector(classStats.std);
  }
  added.forEach((item, i) => {
    Object.assign(tensors, prefixed(`added/${i}/`, item.weights));
    tensors[`added/${i}/mean`] = vector(item.mean);
    if (item.whitening !== undefined)
      tensors[`added/${i}/whitening`] = { shape: [channels, channels], data: item.whitening };
    if (places !== undefined && item.triangles !== undefined)
      tensors[`added/${i}/triangles`] = { shape: places.added, data: floatsToHalves(item.triangles) };
  });
  return tensors;
}

/** Weights that are float16 values already; see `halfBackbone`. */
const asHalf = (weights: DetectorState['backbone']): Record<string, HalfTensor> =>
  Object.fromEntries(
    Object.entries(weights).map(([name, { shape, data }]) => [name, { shape, data: floatsToHalves(data) }]),
  );

/** Short hashes as one line of text, which takes a third of a list's room. */
const imagesToJson = ({ fit, heldOut, test }: ImageSets): Record<keyof ImageSets, string> => ({
  fit: fit.join(' '),
  heldOut: heldOut.join(' '),
  test: test.join(' '),
});

/** Puts each list of numbers on one line. A text cannot match: JSON escapes its line breaks. */
const foldLists = (json: string): string =>
  json.replaceAll(/\[\n[-\d.e+,\s]*\]/g, (list) => list.replaceAll(/\s+/g, ' '));
