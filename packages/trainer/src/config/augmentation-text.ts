import type { Augmentation } from '../features/network-inputs.js';

/** Everything that can change, in the order in which it is written. */
const CHANGES = [
  'mirror',
  'flip',
  'quarterTurns',
  'rotate',
  'brightness',
  'contrast',
  'colour',
  'copies',
] as const satisfies readonly (keyof Augmentation)[];

/**
 * An augmentation as text, as it stands in `model.json` and on the command line.
 *
 * @example
 * ```ts
 * import { augmentationText } from '@mint/trainer';
 *
 * console.log(augmentationText({ copies: 3, mirror: true, rotate: 10 })); // mirror,rotate=10,copies=3
 * ```
 */
export function augmentationText(augment: Augmentation): string {
  return CHANGES.flatMap((name) => {
    const value = augment[name];
    if (!value) return [];
    return [value === true ? name : `${name}=${value}`];
  }).join(',');
}
