import type { Augmentation } from '@mint/trainer';
import { InvalidArgumentError } from 'commander';

/** All changes: `true` marks a switch, a number a change that takes a value. */
const CHANGES = {
  mirror: true,
  flip: true,
  quarterTurns: true,
  rotate: 0,
  brightness: 0,
  contrast: 0,
  colour: 0,
  copies: 0,
} as const satisfies Record<keyof Augmentation, true | number>;

const HINT = 'Such as mirror,rotate=10,brightness=0.1,copies=3.';

/** Parses text such as `mirror,rotate=10,copies=3`. Default: one copy. Ranges are checked where the augmentation is used. */
export function parseAugmentation(text: string): Augmentation {
  const entries = text.split(',').map((item) => {
    const [name = '', value, ...rest] = item.trim().split('=');
    const kind = Object.hasOwn(CHANGES, name) ? CHANGES[name as keyof Augmentation] : undefined;
    if (kind === undefined)
      throw new InvalidArgumentError(
        `There is no change '${name}'; there are ${Object.keys(CHANGES).join(', ')}. ${HINT}`,
      );
    const number = value === undefined || value.trim() === '' ? Number.NaN : Number(value);
    if (rest.length > 0 || (kind === true ? value !== undefined : !Number.isFinite(number)))
      throw new InvalidArgumentError(
        `'${item.trim()}' must be ${kind === true ? `'${name}' alone` : `'${name}=' and a number`}. ${HINT}`,
      );
    return [name, kind === true ? true : number] as const;
  });
  return { copies: 1, ...Object.fromEntries(entries) };
}
