export {
  MintError,
  type MintErrorCode,
  type SafetensorsFile,
  type TypedTensor,
} from '@mint/internal';
export { initParams, type Params, toTensors, type WeightSpec, type WeightSpecs } from '@mint/internal/tfjs';
export { alignFeatures, IMAGENET_MEAN, IMAGENET_STD, normaliseImages } from './align.js';
export {
  type BackboneConfig,
  type BackboneInfo,
  type BackboneKind,
  type BackboneKinds,
  backboneFeatures,
  backboneInfo,
  backboneSpecs,
  type FoundBackbone,
  type JoinedConfig,
  parseBackbone,
  readBackboneWeights,
  recogniseBackbone,
  registerBackbone,
} from './backbone.js';
export type {
  BackboneDefinition,
  BackboneTraits,
  JsonField,
  MapInfo,
  Normalisation,
  RecognisedBackbone,
  WeightsOutline,
} from './definition.js';
export {
  type BlockInfo,
  type EfficientNetConfig,
  type EfficientNetVariant,
  efficientNetBlocks,
  efficientNetInfo,
} from './efficientnet/blocks.js';
export { efficientNetFeatures } from './efficientnet/features.js';
export {
  efficientNetSpecs,
  loadEfficientNetWeights,
  readEfficientNetWeights,
} from './efficientnet/weights.js';
export { joinWeights } from './joined.js';
export {
  AlignFeatures,
  type AlignFeaturesConfig,
  BackboneFeatures,
  type BackboneFeaturesConfig,
} from './layers.js';
export { decodeWeightsFile } from './port/weights-file.js';
export { type FourNumbers, type ResNetConfig, resNetInfo } from './resnet/config.js';
export { resNetFeatures } from './resnet/features.js';
export { loadResNetWeights, resNetSpecs } from './resnet/weights.js';
export { type ScatteringConfig, scatteringFeatures, scatteringInfo } from './scattering.js';
export { type LearnedPositions, type RotaryPositions, type VitConfig, vitInfo } from './vit/config.js';
export { vitFeatures } from './vit/features.js';
export { vitSpecs } from './vit/specs.js';
export { loadVitWeights } from './vit/weights.js';
