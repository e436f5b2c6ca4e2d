import { proceduralDataset } from '@mint/data';
import { PAPER_CONFIG } from '@mint/detector';
import { PRESETS } from '@mint/trainer';

const seed = 0;
const { train, ...presetDetector } = PRESETS.quick;

/** Eight procedural product classes; the last one is missing when the detector is trained. */
export const dataset = proceduralDataset({ classes: 8, trainPerClass: 40 });
export const newClass = dataset.classes.at(-1) ?? '';
export const oldClasses = dataset.classes.slice(0, -1);

export const config = {
  detector: {
    ...PAPER_CONFIG,
    ...presetDetector,
    classes: oldClasses,
    backbone: { kind: 'scattering' },
    seed,
  },
  train: { ...train, seed },
  /** Share of good images, old and new, that may raise a false alarm. */
  alpha: 0.2,
  out: 'runs',
} as const;
