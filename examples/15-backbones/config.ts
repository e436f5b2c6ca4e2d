import { flags, procedural, type Study, type StudyData, setting } from '@examples/shared';
import { loadMvtec } from '@mint/data';
import { PAPER_CONFIG } from '@mint/detector';

const NAMES = [
  'efficientnet_b4',
  'vit_tiny_patch16_224',
  'resnet18',
  'efficientnet_b4+vit_tiny_patch16_224',
] as const;

/** The same images on several backbones, with the means and covariances of classes and places alone, no network. */
export const study: Study = {
  name: 'backbones',
  settings: NAMES.map((backbone) =>
    setting(backbone, { backbone, model: 'gaussian', map: 'whitened-by-class-and-place' }),
  ),
  seeds: [0, 1, 2],
  backbone: PAPER_CONFIG.backbone,
};

/** Any data set in the layout of MVTec AD. */
export async function loadData(): Promise<StudyData[]> {
  if (flags.data === undefined) return [procedural(8)];
  const dataset = await loadMvtec(flags.data);
  return [{ name: dataset.name, dataset }];
}
