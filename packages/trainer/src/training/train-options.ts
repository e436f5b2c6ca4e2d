import type { MintDetector } from '@mint/detector';
import type { TrainConfig } from '../config/train-config.js';
import type { CachedSample } from '../features/cached-features.js';
import type { FeatureCache } from '../features/feature-cache.js';
import type { EvaluateEvent, TrainHooks } from '../logging/train-events.js';
import type { RunFolderOptions } from '../run-folder/run-folder.js';
import type { Suspect } from '../suspects/suspect.js';

/** Options of `train`. */
export interface TrainOptions extends RunFolderOptions, TrainHooks {
  /** From `featureCacheOf`. */
  readonly cache: FeatureCache;
  /** Good images whose features are in the cache. */
  readonly samples: readonly CachedSample[];
  /** Every number of the run. */
  readonly config: TrainConfig;
  /** Images for `config.validation`, none of them in `samples`: from `cacheFeatures` with `syntheticAnomalies`. */
  readonly validation?: readonly CachedSample[] | undefined;
  /** Gets `checkpoints/` and `log.jsonl`. Without it nothing is written. */
  readonly runFolder?: string | undefined;
  /** Bytes of memory at which the run saves and stops. Default: nine tenths of the memory of the machine or container. */
  readonly memoryLimit?: number | undefined;
  /** When aborted, the step under way is finished and a checkpoint is saved. */
  readonly signal?: AbortSignal | undefined;
  /** More hooks, called after the ones given here. */
  readonly loggers?: readonly TrainHooks[] | undefined;
}

/** The result of `train`. */
export interface TrainResult {
  /** The trained detector; the caller disposes it. */
  readonly detector: MintDetector;
  /** Steps taken in all, resumed ones included. */
  readonly steps: number;
  /** Training images that look unlike their class; the statistics of the detector do without them. */
  readonly suspects: readonly Suspect[];
  /** False when `signal` stopped the run early. */
  readonly finished: boolean;
  /** The validation whose weights the detector has. */
  readonly best?: Pick<EvaluateEvent, 'step' | 'score'> | undefined;
}
