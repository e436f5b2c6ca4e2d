import { type MintDetector, type Probe, preprocessingOf, selfTest } from '@mint/detector';
import { MintError } from '@mint/internal';
import { type ModelId, modelIdOf } from '../../../scoring/model-id.js';
import type { Engine, ModelFacts } from './engine.js';
import { writeLimit } from './limits.js';
import { readUpload } from './read-upload.js';
import { createScoring } from './score-tasks.js';

/** Options of {@link createLocalEngine}. */
export interface EngineOptions {
  readonly batchSize: number;
  readonly maxPixels: number;
  readonly say: (text: string) => void;
  readonly probe?: Probe | undefined;
  /** Where new limits are written. Default: nowhere, and setting one fails. */
  readonly folder?: string | undefined;
  /** Which model it is. Default: a name that says nothing. */
  readonly id?: ModelId | undefined;
}

const NAMELESS: ModelId = { version: 'local', hash: 'local', scoring: 'local' };

/** An engine in the calling thread. Closing it leaves the detector alone. */
export function createLocalEngine(
  detector: MintDetector,
  { batchSize, maxPixels, say, probe, folder, id = NAMELESS }: EngineOptions,
): Engine {
  const preprocessing = preprocessingOf(detector.config);
  const scoring = createScoring(detector, batchSize, say);
  return {
    model: { ...factsOf(detector), id },
    identify: async () => (folder === undefined ? id : await modelIdOf(folder)),
    read: (upload) => readUpload(upload, { preprocessing, maxPixels }),
    score: scoring.score,
    selfTest: () => selfTest(detector, probe),
    state: async () => scoring.state(),
    async setLimit(limit) {
      if (folder === undefined) throw new MintError('UNAVAILABLE', 'the model has no folder.');
      scoring.decideBy(await writeLimit(folder, limit));
      return scoring.state();
    },
    close: async () => {},
  };
}

export function factsOf({ config, calibration }: MintDetector): Omit<ModelFacts, 'id'> {
  return {
    classes: config.classes,
    heatmaps: calibration !== undefined,
    tiles: config.input.tiles !== undefined,
  };
}
