export {
  assertInt,
  assertOneOf,
  assertPositiveInt,
  assertProbability,
  formatShape,
  oneLine,
} from './checks.js';
export { MintError, type MintErrorCode } from './error.js';
export { deriveSeed, Random, type RandomState, randomSeed } from './random.js';
export {
  decodeSafetensors,
  encodeSafetensors,
  type SafetensorsFile,
  type TypedTensor,
} from './safetensors.js';
