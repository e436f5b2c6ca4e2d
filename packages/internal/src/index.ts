export {
  asOneImage,
  assertInt,
  assertOneOf,
  assertPositiveInt,
  assertProbability,
  formatShape,
  own,
} from './checks.js';
export { leastCommonMultiple } from './common-multiple.js';
export { MintError, type MintErrorCode } from './error.js';
export { floatsToHalves, floatToHalf, halfToFloat } from './half.js';
export { deriveSeed, Random, type RandomState, randomSeed } from './random.js';
export {
  decodeSafetensors,
  encodeSafetensors,
  encodeSafetensorsHeader,
  type HalfTensor,
  parseSafetensorsHeader,
  type SafetensorsFile,
  type SafetensorsHeader,
  safetensorsDataStart,
  type TensorEntry,
  type TypedTensor,
} from './safetensors.js';
export { type GlobOptions, globMatcher, isShellPattern } from './text/glob.js';
export { OVERLAY_MARK } from './text/overlay-mark.js';
export { messageOf, oneLine, onOneLine, printable, reasonOf, shown } from './text/text.js';
export { fromBase64, withInstance } from './wasm-instance.js';
