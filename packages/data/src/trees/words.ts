import type { Sample } from '../types.js';

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

/** `Defect-free` and `defect_free` are one word. */
const plain = (word: string) => word.toLowerCase().replaceAll(/[\s_-]/g, '');

const lookUp = <T extends string>(
  table: Readonly<Record<T, readonly string[]>>,
  word: string,
): T | undefined => (Object.keys(table) as T[]).find((key) => table[key].includes(plain(word)));

/** The split that a folder name or a cell of a list means, in English. */
export const splitWord = (word: string): Sample['split'] | undefined => lookUp(SPLITS, word);
/** The label that a folder name or a cell of a list means. */
export const labelWord = (word: string): Sample['label'] | undefined => lookUp(LABELS, word);
export const isMaskWord = (word: string): boolean => MASKS.includes(plain(word));
/** Folders that only hold other things and say nothing about them. */
export const isWrapperWord = (word: string): boolean => WRAPPERS.includes(plain(word));

/** Stem of the picture that a mask of this stem belongs to: without `_mask`, `-gt` and the like. */
export const imageStem = (maskStem: string): string =>
  maskStem.replace(/[._-](mask|gt|groundtruth|ground_truth|label|seg)$/i, '');
