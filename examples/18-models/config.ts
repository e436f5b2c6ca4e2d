import { flags, procedural, type Study, type StudyData, setting } from '@examples/shared';
import { loadMvtec } from '@mint/data';
import { PAPER_CONFIG } from '@mint/detector';

/** What `mint train` takes for images of 256 px and more. */
const input = { ...PAPER_CONFIG.input, width: 256, height: 256 };
const grid = [16, 16] as const;

/** What `mint train` takes. */
export const BY_PLACE = { map: 'whitened-by-class-and-place', upsampling: 'centres', input, grid } as const;

/** Every kind of model with its default settings, on the same features: what does the network add to statistics? */
export const study: Study = {
  name: 'models',
  settings: [
    setting('mint-ad', BY_PLACE),
    setting('mint-ad, whitened by class', {
      ...BY_PLACE,
      map: 'whitened-by-class',
      networkOf: 'mint-ad',
    }),
    setting('mint-ad, 2 epochs', { ...BY_PLACE, train: { epochs: 2 } }),
    setting('gaussian', { ...BY_PLACE, model: 'gaussian' }),
    setting('memory', { ...BY_PLACE, model: 'memory' }),
  ],
  seeds: [0, 1, 2],
  backbone: PAPER_CONFIG.backbone,
};

/** Any data set in the layout of MVTec AD. */
export async function loadData(): Promise<StudyData[]> {
  if (flags.data === undefined) return [procedural(8)];
  const dataset = await loadMvtec(flags.data);
  return [{ name: dataset.name, dataset }];
}
