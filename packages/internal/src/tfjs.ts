export { addWeights, lastAxis, type LayerConfig, oneShape, oneTensor, readWeights } from './layer.js';
export {
  drawWeights,
  initParams,
  normal,
  ones,
  param,
  type Params,
  prefixed,
  subParams,
  toTensors,
  uniform,
  type WeightInit,
  type WeightSpec,
  type WeightSpecs,
  xavierUniform,
  zeros,
} from './weights.js';
