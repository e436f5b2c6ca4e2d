import { type DetectorConfig, PAPER_CONFIG } from '@mint/detector';
import { PRESETS, type TrainConfig } from '@mint/trainer';

export interface Config {
  /** Everything about the model but its classes, which the data set gives, and its backbone, which the weights give. */
  readonly detector: Omit<DetectorConfig, 'classes' | 'backbone'>;
  readonly train: TrainConfig;
  /** Share of good images that may raise a false alarm. */
  readonly alpha: number;
  readonly out: string;
}

const seed = 0;
/** Full size on a CPU budget; `PRESETS.paper` is the schedule of UniAD's published runs, for a graphics card. */
const preset = PRESETS.cpu;

export const config: Config = {
  detector: {
    ...PAPER_CONFIG,
    model: 'mint-ad', // or 'uniad': learned queries, no classes; then `map: 'whitened'`
    featureScaling: preset.featureScaling,
    map: preset.map,
    seed,
  },
  train: { ...preset.train, seed },
  alpha: 0.05,
  out: 'runs/mint-ad',
};
