export { MintError, type MintErrorCode } from '@mint/internal';
export { cacheFolder, type HubEnvironment } from './cache.js';
export type { DownloadProgress } from './download.js';
export { type Normalisation, WEIGHTS, type WeightsInfo, type WeightsName } from './table.js';
export { cachedWeights, type GetOptions, getWeights, verifyWeights, type WeightsFile } from './weights.js';
