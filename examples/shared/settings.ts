import { type DetectorConfig, PAPER_CONFIG, type QueryConfig } from '@mint/detector';
import { PRESETS } from '@mint/trainer';
import type { Setting } from './study.js';

/** UniAD's network at half its width and depth: for studies of many classes on two cores. */
export const SMALL = {
  hidden: 128,
  heads: 4,
  feedForward: 256,
  encoderLayers: 2,
  decoderLayers: 2,
  window: [7, 7],
} as const;

/** Steps of the studies with the small network: a few minutes each. */
export const SMALL_TRAINING = { ...PRESETS.cpu.train, learningRate: 1e-3, dropout: 0 };

/** A setting of preset `cpu`, changed where told; its map is whitened jointly, as UniAD's has to be, so that queries alone differ. */
export function setting(
  name: string,
  {
    queries,
    train,
    classless = false,
    networkOf,
    ...detector
  }: Partial<Omit<Setting['detector'], 'queries'>> & {
    readonly queries?: Partial<QueryConfig>;
    readonly train?: Partial<Setting['train']>;
    readonly classless?: boolean;
    readonly networkOf?: string;
  } = {},
): Setting {
  const { featureScaling, train: preset } = PRESETS.cpu;
  const base: Omit<DetectorConfig, 'classes' | 'backbone' | 'seed'> = PAPER_CONFIG;
  return {
    name,
    detector: {
      ...base,
      featureScaling,
      map: 'whitened',
      ...detector,
      queries: { ...base.queries, ...queries },
    },
    train: { ...preset, ...train },
    ...(classless ? { classless } : {}),
    ...(networkOf === undefined ? {} : { networkOf }),
  };
}
