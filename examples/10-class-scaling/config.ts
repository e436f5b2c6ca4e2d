import { procedural, SMALL, SMALL_TRAINING, type Study, type StudyData, setting } from '@examples/shared';
import { PAPER_CONFIG } from '@mint/detector';

const small = { network: SMALL, train: SMALL_TRAINING };

/** Does one model for more and more classes get worse, and do class-aware queries help? Every picture is seen 8 times, whatever the number of classes. */
export const study: Study = {
  name: 'class-scaling',
  settings: [
    setting('uniad', { ...small, model: 'uniad' }),
    setting('INR without classes', {
      ...small,
      train: { ...SMALL_TRAINING, lambdaPrior: 0 },
      classless: true,
    }),
    setting('mint-ad', small),
    setting('mint-ad, whitened by class', { ...small, networkOf: 'mint-ad', map: 'whitened-by-class' }),
  ],
  seeds: [0, 1, 2],
  backbone: PAPER_CONFIG.backbone,
};

export const loadData = async (): Promise<StudyData[]> => [1, 4, 15, 60].map(procedural);
