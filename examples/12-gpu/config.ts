import { flags, publishedOrSubstitute, type Study, type StudyData, setting } from '@examples/shared';
import { loadMvtec, MVTEC_AD } from '@mint/data';
import { PAPER_CONFIG } from '@mint/detector';

/** The full-size network, as in 05-mint-ad. */
export const study: Study = {
  name: 'gpu',
  settings: [setting('mint-ad')],
  seeds: [0],
  backbone: PAPER_CONFIG.backbone,
};

/** Batch sizes to try; the first that brings less than a tenth more images a second than the one before ends the search. */
export const BATCH_SIZES = [8, 16, 32, 64, 128, 256];

export const loadData = async (): Promise<StudyData[]> => [
  await publishedOrSubstitute(MVTEC_AD, flags.data, loadMvtec),
];
