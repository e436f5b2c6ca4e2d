export { MintError, type MintErrorCode } from '@mint/internal';
export {
  initParams,
  type Params,
  type Resolved,
  type WeightSpec,
  type WeightSpecs,
} from '@mint/internal/tfjs';
export { ClassAwareQueries, type ClassAwareQueriesConfig } from './class-aware-queries.js';
export { type Classification, classify } from './classifier.js';
export {
  CLASS_QUERY_DEFAULTS,
  type ClassQueryConfig,
  type ClassQuerySettings,
  type PromptMode,
  type QueryGenerator,
} from './config.js';
export { coordinateGrid } from './coordinate-grid.js';
export { fourierFeatures } from './fourier-features.js';
export { classMixture, classPrompt, type PromptSource, queryPrompt } from './prompt.js';
export { type ClassQueries, classQueries, sineTrunk } from './queries.js';
export { sirenDense } from './siren.js';
export { SirenDense, type SirenDenseConfig } from './siren-dense.js';
export { classQuerySpecs } from './specs.js';
