export { MintError, type MintErrorCode } from '@mint/internal';
export { initParams, type Params, type WeightSpec, type WeightSpecs } from '@mint/internal/tfjs';
export type { BlockLayerConfig, BlockOptions, NeighbourMaskConfig } from './block-layer.js';
export { type BlockContext, decoderLayer, encoderLayer, multiHeadAttention } from './blocks.js';
export { type ReconstructionConfig, type ReconstructionSizes, UNIAD } from './config.js';
export { DecoderLayer } from './decoder-layer.js';
export { EncoderLayer, type TransformerLayerConfig } from './encoder-layer.js';
export { type AttentionOptions, layerNorm, maskedAttention } from './functional.js';
export { additiveMask, neighbourMask } from './neighbour-mask.js';
export { NeighbourMaskedAttention } from './neighbour-masked-attention.js';
export { PositionEmbedding, type PositionEmbeddingConfig } from './position-embedding.js';
export {
  createDropout,
  createNoise,
  type DropoutPool,
  type DropoutSource,
  type RandomPool,
  type RandomSource,
} from './random-pool.js';
export {
  blockContext,
  jitter,
  positionEmbedding,
  type ReconstructOptions,
  reconstruct,
} from './reconstruct.js';
export {
  ReconstructionTransformer,
  type ReconstructionTransformerConfig,
} from './reconstruction-transformer.js';
export { reconstructionSpecs } from './specs.js';
