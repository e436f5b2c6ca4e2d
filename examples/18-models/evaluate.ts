import { evaluateStudy } from '@examples/shared';
import { loadData, study } from './config.js';

await evaluateStudy(study, await loadData());
