export { MintError, type MintErrorCode } from '@mint/internal';
export { classificationLoss } from './classification-loss.js';
export { cosineLoss } from './cosine-loss.js';
export { type ChannelStats, priorLoss } from './prior-loss.js';
export { reconstructionLoss } from './reconstruction-loss.js';
export { type LossParts, type LossSum, type LossWeights, weightedSum } from './weighted-sum.js';
