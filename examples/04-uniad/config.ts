import { flags, publishedOrSubstitute, type Study, type StudyData, setting } from '@examples/shared';
import { loadMvtec, MVTEC_AD } from '@mint/data';
import { PAPER_CONFIG } from '@mint/detector';

/** UniAD against our reading of MINT-AD: the same network and steps, but for the decoder's queries. */
export const study: Study = {
  name: 'uniad',
  settings: [
    setting('uniad', { model: 'uniad' }),
    setting('mint-ad'),
    setting('mint-ad, whitened by class', { networkOf: 'mint-ad', map: 'whitened-by-class' }),
  ],
  seeds: [0, 1, 2],
  backbone: PAPER_CONFIG.backbone,
};

export const loadData = async (): Promise<StudyData[]> => [
  await publishedOrSubstitute(MVTEC_AD, flags.data, loadMvtec),
];
