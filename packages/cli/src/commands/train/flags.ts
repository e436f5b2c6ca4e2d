import type { TrainConfig } from '@mint/trainer';
import type { FeatureFlags } from '../../shell/flags.js';
import type { ConfigFile } from './config-file.js';

/** Settings that a configuration file may hold and that have a default without it. */
type WithDefault = 'model' | 'preset' | 'alpha' | 'protocol' | 'seed' | 'device' | 'overlays';
/** Settings that a configuration file may hold and that need not be set. */
type Optional =
  | 'backbone'
  | 'weights'
  | 'input'
  | 'half'
  | 'precision'
  | 'multiScale'
  | 'classes'
  | 'goodWords'
  | 'defectWords'
  | 'root'
  | 'review'
  | 'tiles'
  | 'jpegDraft'
  | 'cache'
  | 'tensorboard'
  | 'strict';
/** Settings of the preset that have a flag. */
type OfPreset = 'epochs' | 'batchSize' | 'learningRate' | 'augment';

/** Flags of `mint train`. */
export interface TrainFlags
  extends FeatureFlags,
    Required<Pick<ConfigFile, WithDefault>>,
    Pick<ConfigFile, Exclude<Optional, keyof FeatureFlags>>,
    Partial<Pick<TrainConfig, OfPreset>> {
  readonly out: string;
  /** Record of decisions: its images that people judged good are learned too. */
  readonly fromHistory?: string | undefined;
  /** Folder of regions of interest by class. */
  readonly roi?: string | undefined;
  readonly config?: string | undefined;
  readonly resume?: boolean | undefined;
  readonly overwrite?: boolean | undefined;
}
