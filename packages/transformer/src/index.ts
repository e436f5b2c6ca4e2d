export { MintError, type MintErrorCode } from '@mint/internal';
export { type AttentionOptions, layerNorm, maskedAttention } from '@mint/internal/nn';
export { initParams, type Params, type WeightSpec, type WeightSpecs } from '@mint/internal/tfjs';
export { type ReconstructionConfig, type ReconstructionSizes, UNIAD } from './config.js';
export { DecoderLayer, decoderLayer } from './decoder-layer.js';
export { EncoderLayer, encoderLayer } from './encoder-layer.js';
export { jitter } from './jitter.js';
export { additiveMask, neighbourMask } from './neighbour-mask.js';
export { multiHeadAttention, NeighbourMaskedAttention } from './neighbour-masked-attention.js';
export { PositionEmbedding, type PositionEmbeddingConfig, positionEmbedding } from './position-embedding.js';
export {
  createDropout,
  createNoise,
  type DropoutPool,
  type DropoutSource,
  type RandomPool,
  type RandomSource,
} from './random-pool.js';
export { blockContext, type ReconstructOptions, reconstruct } from './reconstruct.js';
export {
  ReconstructionTransformer,
  type ReconstructionTransformerConfig,
} from './reconstruction-transformer.js';
export { reconstructionSpecs } from './specs.js';
export type { BlockContext } from './sublayers.js';
export {
  type BlockLayerConfig,
  type BlockOptions,
  type NeighbourMaskConfig,
  TransformerLayer,
  type TransformerLayerConfig,
  type TransformerOptions,
} from './transformer-layer.js';
