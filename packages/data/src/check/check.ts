import { MintError, own } from '@mint/internal';
import { mapLimited } from '../concurrency.js';
import { decodeMask } from '../decode/mask.js';
import { groups } from '../groups.js';
import { hasMask } from '../masks/read-mask.js';
import { readMaskFile } from '../sources/read.js';
import type { Dataset, Sample } from '../types.js';
import { findingsOf } from './findings.js';
import { look } from './look.js';
import type { ClassReport, DatasetReport } from './report.js';
import type { Seen } from './seen.js';

/** Options of {@link checkDataset}. */
export interface CheckOptions {
  /** Images decoded at the same time. @defaultValue 4 */
  readonly concurrency?: number | undefined;
  /** Called after each image with the number of images done. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/**
 * Opens every image and mask of a data set and reports its contents and problems: unreadable files, masks that are empty, of
 * another size or without an image, images without a mask, equal and near-equal images within and across training and test,
 * imbalance, unusual kinds of files, images that look like masks or unlike the rest of their class. Each says what loading does about it. Near-equal images are searched within a class,
 * equal files everywhere.
 *
 * Memory: the images being decoded, and 4 kB per image.
 *
 * @example
 * ```ts
 * import { checkDataset, proceduralDataset } from '@mint/data';
 *
 * const dataset = proceduralDataset({ trainPerClass: 2, testGoodPerClass: 1, defectsPerClass: 1, size: 64 });
 * const { classes, problems, notes } = await checkDataset(dataset);
 * console.log(classes[0]?.name, classes[0]?.train, classes[0]?.sizes);
 * // capsule { good: 2, defective: 0 } { '64x64': 7 }
 * console.log(problems.length, notes.map(({ message }) => message));
 * ```
 */
export async function checkDataset(
  dataset: Dataset,
  { concurrency = 4, onProgress }: CheckOptions = {},
): Promise<DatasetReport> {
  let done = 0;
  const seen = await mapLimited(dataset.samples, concurrency, async (sample) => {
    const looked = await look(sample);
    done += 1;
    onProgress?.(done);
    return looked;
  });
  const goodMasks = await mapLimited(dataset.goodMasks ?? [], concurrency, (mask) =>
    lookAtGoodMask(mask, dataset),
  );
  const { name, layout, licence, folders, leftOut = [] } = dataset;
  return {
    dataset: name,
    layout,
    licence,
    classes: classReports(dataset, seen),
    folders,
    leftOut,
    ...findingsOf(
      dataset,
      seen,
      goodMasks.flatMap((trouble) => trouble ?? []),
    ),
  };
}

/** What is marked in the mask of a good image; undefined when nothing is. */
async function lookAtGoodMask(
  { id, maskPath }: { readonly id: string; readonly maskPath: string },
  { samples }: Dataset,
): Promise<string | undefined> {
  const source = samples.find((sample) => sample.id === id)?.source;
  try {
    const { data } = await decodeMask(await readMaskFile({ source }, maskPath), maskPath);
    const marked = data.reduce((total, bit) => total + bit, 0);
    return marked === 0
      ? undefined
      : `${maskPath}: ${Math.round((1000 * marked) / data.length) / 10} % marked`;
  } catch (error) {
    if (MintError.isInstance(error)) return error.message;
    throw error;
  }
}

function classReports(dataset: Dataset, seen: readonly Seen[]): ClassReport[] {
  return groups(seen, ({ sample }) => sample.className).map((group) => {
    const name = group[0]?.sample.className ?? '';
    const count = (split: Sample['split'], label: Sample['label']) =>
      group.filter(({ sample }) => sample.split === split && sample.label === label).length;
    const counts = (split: Sample['split']) => ({
      good: count(split, 'normal'),
      defective: count(split, 'anomalous'),
    });
    return {
      name,
      train: counts('train'),
      validation: counts('validation'),
      test: counts('test'),
      masks: group.filter(({ sample }) => sample.split === 'test' && hasMask(sample)).length,
      sizes: tally(group.flatMap(({ size }) => size ?? [])),
      modes: tally(group.flatMap(({ mode }) => mode ?? [])),
      official: own(dataset.official, name),
    };
  });
}

function tally(values: readonly string[]): Record<string, number> {
  return Object.fromEntries(groups(values, (value) => value).map((group) => [group[0] ?? '', group.length]));
}
