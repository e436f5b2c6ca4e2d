import type { DetectorConfig } from './config.js';

/** When it predicts, a detector is not given the class: the prompt mode `'label'` uses the most probable class instead. */
export function atTest(config: DetectorConfig): DetectorConfig {
  if (config.queries.mode !== 'label') return config;
  return { ...config, queries: { ...config.queries, mode: 'hard' } };
}
