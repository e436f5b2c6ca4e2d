import type { UndecidedSample } from '../class-samples.js';
import { byCodeUnit } from '../names.js';
import type { Placed } from './masks.js';

const SPLITS = ['train', 'validation', 'test'] as const;
const MVTEC = /^(?:[^/]+\/)?(train|validation|test)\/[^/]+\/[^/]+$/;

/** Whether all images lie as in MVTec AD: `<class>/train/good` and `<class>/test/<kind>`, or the same for one class at the root. */
export function isMvtecTree(samples: readonly Placed[]): boolean {
  const depth = new Set(samples.map(({ imagePath }) => imagePath.split('/').length));
  const good = samples.some(({ imagePath }) => /^(?:[^/]+\/)?train\/good\/[^/]+$/.test(imagePath));
  return good && depth.size === 1 && samples.every(({ imagePath }) => MVTEC.test(imagePath));
}

type Ordered = Pick<UndecidedSample, 'split'> & { readonly imagePath: string };

/** Training first, then validation and test, each folder by folder. */
export function bySplitAndPath(a: Ordered, b: Ordered): number {
  const rank = ({ split = 'train' }: Ordered) => SPLITS.indexOf(split);
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  const [left, right] = [a.imagePath.split('/'), b.imagePath.split('/')];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const order = byCodeUnit(left[i] ?? '', right[i] ?? '');
    if (order !== 0) return order;
  }
  return left.length - right.length;
}
