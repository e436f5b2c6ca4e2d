import type { DetectorConfig } from '@mint/detector';
import { GAUSSIAN_LEARNER } from './gaussian.js';
import type { Learner } from './learner.js';
import { MEMORY_LEARNER } from './memory.js';
import { NETWORK_LEARNER } from './network.js';

/** How each kind of model learns, by its name in `DetectorConfig.model`. */
const LEARNERS: Readonly<Record<DetectorConfig['model'], Learner>> = {
  'mint-ad': NETWORK_LEARNER,
  uniad: NETWORK_LEARNER,
  gaussian: GAUSSIAN_LEARNER,
  memory: MEMORY_LEARNER,
};

export const learnerOf = ({ model }: Pick<DetectorConfig, 'model'>): Learner => LEARNERS[model];
