import {
  flags,
  preset,
  procedural,
  publishedOrSubstitute,
  type Study,
  type StudyData,
  setting,
  small,
} from '@examples/shared';
import { loadMvtec, MVTEC_AD } from '@mint/data';
import { PAPER_CONFIG } from '@mint/detector';

/** On real images, of which there are more, as many epochs as make about the steps of the procedural set: 402 on the test bed. */
const fewer = preset === 'cpu' && flags.data !== undefined ? { epochs: 3 } : {};
const training = { ...small.train, ...fewer };
const base = { ...small, train: training };

/** What each part of our reading is worth, one change at a time. Letters as in docs/our-reading.md. */
export const study: Study = {
  name: flags.data === undefined ? 'ablations' : 'ablations-real',
  settings: [
    setting('a uniad', { ...base, model: 'uniad' }),
    setting('b table for each class', { ...base, queries: { generator: 'table' } }),
    setting('b table of the given class', { ...base, queries: { generator: 'table', mode: 'label' } }),
    setting('c INR without classes', {
      ...base,
      train: { ...training, lambdaPrior: 0 },
      classless: true,
    }),
    setting('d INR + L_CE', { ...base, train: { ...training, lambdaPrior: 0 } }),
    setting('e INR + L_CE + L_Prior = mint-ad', base),
    setting('f prompt label', { ...base, queries: { mode: 'label' } }),
    setting('f prompt hard', { ...base, queries: { mode: 'hard' } }),
    setting('f prompt feature', { ...base, queries: { mode: 'feature' } }),
    setting('g omega0 1', { ...base, queries: { omega0: 1 } }),
    setting('g omega0 10', { ...base, queries: { omega0: 10 } }),
    setting('g 1 layer', { ...base, queries: { trunkLayers: 1 } }),
    setting('g 5 layers', { ...base, queries: { trunkLayers: 5 } }),
    setting('h ReLU on Fourier features', { ...base, queries: { generator: 'fourier' } }),
    setting('query tables added', { ...base, queries: { residual: true } }),
    setting('mint-ad, whitened by class', {
      ...base,
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
