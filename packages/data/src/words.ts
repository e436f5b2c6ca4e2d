import type { Sample } from './types.js';

const SPLITS: Readonly<Record<Sample['split'], readonly string[]>> = {
  train: ['train', 'training'],
  validation: ['val', 'valid', 'validation'],
  test: ['test', 'testing'],
};

const LABELS: Readonly<Record<Sample['label'], readonly string[]>> = {
  normal: [
    'good',
    'ok',
    'normal',
    'pass',
    'passed',
    'clean',
    'defectfree',
    'anomalyfree',
    'nondefective',
    'negative',
  ],
  anomalous: [
    ...[
      'bad',
      'ko',
      'ng',
      'nok',
      'notok',
      'defect',
      'defects',
      'defective',
      'anomaly',
      'anomalies',
      'anomalous',
    ],
    ...['abnormal', 'fail', 'failed', 'faulty', 'reject', 'rejected', 'positive'],
  ],
};

const MASKS = [
  'groundtruth',
  'gt',
  'mask',
  'masks',
  'label',
  'labels',
  'annotation',
  'annotations',
  'segmentation',
];
const WRAPPERS = ['image', 'images', 'img', 'imgs', 'picture', 'pictures', 'data'];

/** `Defect-free` and `defect_free` are the same word. */
const plain = (word: string) => word.toLowerCase().replaceAll(/[\s_-]/g, '');

const SPLIT_NAMES = ['train', 'validation', 'test'] as const;
const LABEL_NAMES = ['normal', 'anomalous'] as const;

/** The split that a folder name or a cell of a list means, in English. */
export const splitWord = (word: string): Sample['split'] | undefined =>
  SPLIT_NAMES.find((split) => SPLITS[split].includes(plain(word)));
/** The label that a folder name or a cell of a list means. */
export const labelWord = (word: string): Sample['label'] | undefined =>
  LABEL_NAMES.find((label) => LABELS[label].includes(plain(word)));
export const isMaskWord = (word: string): boolean => MASKS.includes(plain(word));
/** Folders that only hold other folders and say nothing about the images. */
export const isWrapperWord = (word: string): boolean => WRAPPERS.includes(plain(word));

/** Stem of the image that a mask with this stem belongs to: without `_mask`, `-gt` and the like. */
export const imageStem = (maskStem: string): string =>
  maskStem.replace(/[._-](mask|gt|groundtruth|ground_truth|label|seg)$/i, '');
