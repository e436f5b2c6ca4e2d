import {
  flags,
  procedural,
  publishedOrSubstitute,
  SMALL,
  SMALL_TRAINING,
  type Study,
  type StudyData,
  setting,
} from '@examples/shared';
import { loadMvtec, MVTEC_AD } from '@mint/data';
import { PAPER_CONFIG } from '@mint/detector';

/** On real pictures, of which there are more, as many epochs as make about the steps of the procedural set: 402 on the test bed. */
const training = flags.data === undefined ? SMALL_TRAINING : { ...SMALL_TRAINING, epochs: 3 };
const small = { network: SMALL, train: training };

/** What each part of our reading is worth, one change at a time. Letters as in docs/our-reading.md. */
export const study: Study = {
  name: flags.data === undefined ? 'ablations' : 'ablations-real',
  settings: [
    setting('a uniad', { ...small, model: 'uniad' }),
    setting('b table for each class', { ...small, queries: { generator: 'table' } }),
    setting('b table of the given class', { ...small, queries: { generator: 'table', mode: 'label' } }),
    setting('c INR without classes', {
      ...small,
      train: { ...training, lambdaPrior: 0 },
      classless: true,
    }),
    setting('d INR + L_CE', { ...small, train: { ...training, lambdaPrior: 0 } }),
    setting('e INR + L_CE + L_Prior = mint-ad', small),
    setting('f prompt label', { ...small, queries: { mode: 'label' } }),
    setting('f prompt hard', { ...small, queries: { mode: 'hard' } }),
    setting('f prompt feature', { ...small, queries: { mode: 'feature' } }),
    setting('g omega0 1', { ...small, queries: { omega0: 1 } }),
    setting('g omega0 10', { ...small, queries: { omega0: 10 } }),
    setting('g 1 layer', { ...small, queries: { trunkLayers: 1 } }),
    setting('g 5 layers', { ...small, queries: { trunkLayers: 5 } }),
    setting('h ReLU on Fourier features', { ...small, queries: { generator: 'fourier' } }),
    setting('query tables added', { ...small, queries: { residual: true } }),
    setting('mint-ad, whitened by class', {
      ...small,
      networkOf: 'e INR + L_CE + L_Prior = mint-ad',
      map: 'whitened-by-class',
    }),
  ],
  seeds: [0, 1, 2],
  backbone: PAPER_CONFIG.backbone,
};

export const loadData = async (): Promise<StudyData[]> => [
  flags.data === undefined ? procedural(12) : await publishedOrSubstitute(MVTEC_AD, flags.data, loadMvtec),
];
