import { flags, procedural, type Study, type StudyData, setting } from '@examples/shared';
import { loadMvtec } from '@mint/data';
import { PAPER_CONFIG } from '@mint/detector';

const NAMES = [
  'efficientnet_b4',
  'vit_tiny_patch16_224',
  'resnet18',
  'efficientnet_b4+vit_tiny_patch16_224',
  'efficientnet_b4+resnet18',
] as const;

/** What `mint train` takes for images of 256 px and more. */
const input = { ...PAPER_CONFIG.input, width: 256, height: 256 };

const STATISTICS = { model: 'gaussian', map: 'whitened-by-class-and-place' } as const;

/** The same images on several backbones, with the means and covariances of classes and places alone, no network. */
export const study: Study = {
  name: 'backbones',
  settings: [
    ...NAMES.map((backbone) => setting(backbone, { ...STATISTICS, backbone, upsampling: 'centres', input })),
    // The defaults before the input followed the images, and tokens lay in the middle of their cells.
    ...NAMES.slice(0, 3).map((backbone) =>
      setting(`${backbone}, 224 px, corners`, { ...STATISTICS, backbone }),
    ),
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
