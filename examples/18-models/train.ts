import { trainStudy } from '@examples/shared';
import { loadData, study } from './config.js';

await trainStudy(study, await loadData());
