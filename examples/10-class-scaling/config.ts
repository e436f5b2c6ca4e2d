import { procedural, type Study, type StudyData, setting, small } from '@examples/shared';
import { PAPER_CONFIG } from '@mint/detector';

/** Does one model for more and more classes get worse, and do class-aware queries help? Every image is seen as often, whatever the number of classes. */
export const study: Study = {
  name: 'class-scaling',
  settings: [
    setting('uniad', { ...small, model: 'uniad' }),
    setting('INR without classes', {
      ...small,
      train: { ...small.train, lambdaPrior: 0 },
      classless: true,
    }),
    setting('mint-ad', small),
    setting('mint-ad, whitened by class', { ...small, networkOf: 'mint-ad', map: 'whitened-by-class' }),
  ],
  seeds: [0, 1, 2],
  backbone: PAPER_CONFIG.backbone,
};

export const loadData = async (): Promise<StudyData[]> => [1, 4, 15, 60].map(procedural);
