import { basename } from 'node:path';
import type { UndecidedSample } from '../class-samples.js';
import { few, isMask, stemOf } from '../names.js';
import { imageStem } from '../words.js';
import { classOf, type Described, describe } from './describe.js';

/** A sample whose path lies below the root. */
export type Placed = UndecidedSample & { readonly imagePath: string; readonly maskPath?: string | undefined };

/**
 * Gives anomalous samples their masks: by class, kind and stem, or by class and stem where those name one anomalous image only.
 *
 * @param warnings - What does not fit is added.
 */
export function pairMasks(
  samples: readonly Placed[],
  masks: readonly Described[],
  classes: ReadonlySet<string>,
  warnings: string[],
): { paired: Placed[]; orphans: string[] } {
  if (masks.length === 0) return { paired: [...samples], orphans: [] };
  const lossy = masks.filter(({ path }) => !isMask(path)).map(({ path }) => path);
  if (lossy.length > 0)
    warnings.push(
      `${lossy.length} mask(s) are not PNG, TIFF or BMP, so their zeros are not reliable; not read: ${few(lossy)}.`,
    );
  const usable = masks.filter(({ path }) => isMask(path));
  const findMask = maskFinder(samples, usable, classes);
  const used = new Set<string>();
  const paired = samples.map((sample) => {
    const maskPath = sample.label === 'normal' ? undefined : findMask(sample);
    if (maskPath === undefined) return sample;
    used.add(maskPath);
    return { ...sample, maskPath };
  });
  const anomalous = samples.filter(({ label }) => label === 'anomalous').length;
  if (anomalous > used.size)
    warnings.push(
      `${anomalous - used.size} of ${anomalous} anomalous images have no mask, or several masks that could be theirs.`,
    );
  const orphans = usable.filter(({ path }) => !used.has(path)).map(({ path }) => path);
  if (orphans.length > 0)
    warnings.push(`${orphans.length} mask(s) without an anomalous image: ${few(orphans)}.`);
  return { paired, orphans };
}

/** Finds the one mask of an anomalous sample; undefined when there is none or it is not clear which. */
function maskFinder(
  samples: readonly Placed[],
  masks: readonly Described[],
  classes: ReadonlySet<string>,
): (sample: Placed) => string | undefined {
  const byKind = new Map<string, string[]>();
  const byClass = new Map<string, string[]>();
  for (const mask of masks) {
    const stem = stemOf(basename(mask.path));
    for (const key of new Set([stem, imageStem(stem)])) {
      append(byKind, [...mask.names, key].join('/'), mask.path);
      append(byClass, [...classOf(classes, mask), key].join('/'), mask.path);
    }
  }
  const keysOf = ({ imagePath }: Placed) => {
    const file = describe(imagePath);
    const stem = stemOf(basename(imagePath));
    return { kind: [...file.names, stem].join('/'), class: [...classOf(classes, file), stem].join('/') };
  };
  const rivals = new Map<string, string[]>();
  for (const sample of samples)
    if (sample.label === 'anomalous') append(rivals, keysOf(sample).class, sample.id);
  return (sample) => {
    const keys = keysOf(sample);
    const alone = rivals.get(keys.class)?.length === 1;
    const found = byKind.get(keys.kind) ?? (alone ? byClass.get(keys.class) : undefined);
    return found?.length === 1 ? found[0] : undefined;
  };
}

function append(map: Map<string, string[]>, key: string, value: string): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
