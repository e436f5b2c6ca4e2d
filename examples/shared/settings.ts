import { type DetectorConfig, PAPER_CONFIG, type QueryConfig } from '@mint/detector';
import { PRESETS } from '@mint/trainer';
import { preset } from './preset.js';
import type { Setting } from './study.js';

/** Changes of a preset. */
type Changes = Partial<Omit<Setting['detector'], 'queries'>> & {
  readonly queries?: Partial<QueryConfig>;
  readonly train?: Partial<Setting['train']>;
} & Pick<Setting, 'backbone' | 'classless' | 'networkOf'>;

/**
 * For studies of many settings or classes on two cores: UniAD's network at half its width and depth, and steps of a few minutes.
 * Empty under `--preset paper`.
 */
export const small: Pick<Changes, 'network' | 'train'> =
  preset === 'paper' ? {} : { network: PRESETS.quick.network, train: { learningRate: 1e-3, dropout: 0 } };

/**
 * A setting of the preset with changes. Its map is whitened jointly (`cpu`) or not at all (`paper`), as UniAD's must be, so that
 * only the queries differ.
 */
export function setting(
  name: string,
  { queries, train, backbone, classless, networkOf, ...detector }: Changes = {},
): Setting {
  const { featureScaling, train: schedule } = PRESETS[preset];
  const base: Omit<DetectorConfig, 'classes' | 'backbone' | 'seed'> = PAPER_CONFIG;
  return {
    name,
    detector: {
      ...base,
      featureScaling,
      map: preset === 'paper' ? 'distance' : 'whitened',
      ...detector,
      queries: { ...base.queries, ...queries },
    },
    train: { ...schedule, ...train },
    backbone,
    classless,
    networkOf,
  };
}
