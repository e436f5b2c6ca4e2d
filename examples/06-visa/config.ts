import { flags, publishedOrSubstitute, type Study, type StudyData, setting } from '@examples/shared';
import { loadVisa, VISA } from '@mint/data';
import { PAPER_CONFIG } from '@mint/detector';

export const study: Study = {
  name: 'visa',
  settings: [
    setting('uniad', { model: 'uniad' }),
    setting('mint-ad'),
    setting('mint-ad, whitened by class', { networkOf: 'mint-ad', map: 'whitened-by-class' }),
  ],
  seeds: [0, 1, 2],
  backbone: PAPER_CONFIG.backbone,
};

export const loadData = async (): Promise<StudyData[]> => [
  await publishedOrSubstitute(VISA, flags.data, loadVisa),
];
