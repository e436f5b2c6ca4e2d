import { flags, procedural, type Study, type StudyData, setting } from '@examples/shared';
import { loadMvtecVisaBtad } from '@mint/data';
import { PAPER_CONFIG } from '@mint/detector';

export const study: Study = {
  name: 'union',
  settings: [
    setting('uniad', { model: 'uniad' }),
    setting('mint-ad'),
    setting('mint-ad, whitened by class', { networkOf: 'mint-ad', map: 'whitened-by-class' }),
  ],
  seeds: [0, 1, 2],
  backbone: PAPER_CONFIG.backbone,
};

/** `--data` names a folder with `mvtec`, `visa` and `btad` in it, each as downloaded. */
export async function loadData(): Promise<StudyData[]> {
  const { data } = flags;
  if (data === undefined) return [{ ...procedural(30), substituteFor: 'MVTec AD + VisA + BTAD' }];
  const dataset = await loadMvtecVisaBtad({
    mvtec: `${data}/mvtec`,
    visa: `${data}/visa`,
    btad: `${data}/btad`,
  });
  return [{ name: dataset.name, dataset }];
}
