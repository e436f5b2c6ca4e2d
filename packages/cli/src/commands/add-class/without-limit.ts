import { type Calibration, smallestAlpha } from '@mint/detector';
import { own } from '@mint/internal';

/**
 * Why images of an added class may not be recognised unless it is given: an image is only offered to it when the class that the
 * classifier took it for calls it unknown, and a class without a limit of the out-of-distribution score never does. Undefined when
 * every class has one.
 *
 * @param classes - All classes but the one that was added last.
 */
export function withoutLimitNote(
  { thresholds, normalScores }: Pick<Calibration, 'thresholds' | 'normalScores'>,
  classes: readonly string[],
  model: string,
): string | undefined {
  const without = classes.filter((name) => own(thresholds, name)?.ood === undefined);
  if (without.length === 0) return undefined;
  const fewest = Math.min(...without.map((name) => own(normalScores, name)?.length ?? 0));
  const remedy =
    fewest === 0
      ? 'Hold out good images of them'
      : `\`mint calibrate ${model} --alpha ${Math.ceil(smallestAlpha(fewest) * 1000) / 1000}\` gives them one`;
  return `without --class, images that are taken for ${without.join(' or ')} are not recognised as a new class: no limit of the out-of-distribution score, since too few images are held out. ${remedy}.`;
}
