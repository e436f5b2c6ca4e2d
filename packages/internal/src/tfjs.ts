export {
  addWeights,
  configDict,
  type LayerConfig,
  lastAxis,
  oneShape,
  oneTensor,
  type Resolved,
  readWeights,
} from './layer.js';
export { linear } from './nn/linear.js';
export { oneHot } from './one-hot.js';
export {
  drawWeights,
  initParams,
  normal,
  ones,
  type Params,
  param,
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
