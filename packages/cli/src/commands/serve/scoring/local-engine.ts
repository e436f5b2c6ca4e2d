import { type MintDetector, type Probe, preprocessingOf, selfTest } from '@mint/detector';
import type { Engine, ModelFacts } from './engine.js';
import { readUpload } from './read-upload.js';
import { createScoring } from './score-tasks.js';

/** Options of {@link createLocalEngine}. */
export interface EngineOptions {
  readonly batchSize: number;
  readonly maxPixels: number;
  readonly say: (text: string) => void;
  readonly probe?: Probe | undefined;
}

/** An engine in the calling thread. Closing it leaves the detector alone. */
export function createLocalEngine(
  detector: MintDetector,
  { batchSize, maxPixels, say, probe }: EngineOptions,
): Engine {
  const preprocessing = preprocessingOf(detector.config);
  return {
    model: factsOf(detector),
    read: (upload) => readUpload(upload, { preprocessing, maxPixels }),
    score: createScoring(detector, batchSize, say),
    selfTest: () => selfTest(detector, probe),
    close: async () => {},
  };
}

export function factsOf({ config, calibration }: MintDetector): ModelFacts {
  return {
    classes: config.classes,
    heatmaps: calibration !== undefined,
    tiles: config.input.tiles !== undefined,
  };
}
