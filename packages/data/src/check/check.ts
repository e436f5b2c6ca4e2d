import { mapLimited } from '../concurrency.js';
import { countsByClass } from '../datasets/official.js';
import { groups } from '../groups.js';
import type { Dataset } from '../types.js';
import { findingsOf } from './findings.js';
import { look, type Seen } from './look.js';
import type { ClassReport, DatasetReport } from './report.js';

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
 * imbalance, unusual kinds of files. Each finding says what loading does about it. Near-equal images are searched within a class,
 * equal files everywhere.
 *
 * Memory: the images being decoded, and 4 kB per image.
 *
 * @example
 * ```ts
 * import { checkDataset, proceduralDataset } from '@mint/data';
 *
 * const dataset = proceduralDataset({ trainPerClass: 2, testGoodPerClass: 1, defectsPerClass: 1, size: 64 });
 * const { classes, findings } = await checkDataset(dataset);
 * console.log(classes[0]?.className, classes[0]?.train, classes[0]?.sizes);
 * // capsule 2 { '64x64': 7 }
 * console.log(findings.map(({ severity, effect }) => `${severity}: ${effect}`));
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
  const { name, layout, licence } = dataset;
  return {
    dataset: name,
    layout,
    licence,
    classes: classReports(dataset, seen),
    findings: findingsOf(dataset, seen),
  };
}

function classReports(dataset: Dataset, seen: readonly Seen[]): ClassReport[] {
  const counts = countsByClass(dataset.samples);
  return groups(seen, ({ sample }) => sample.className).map((group) => {
    const className = group[0]?.sample.className ?? '';
    const numbers = counts.get(className) ?? { train: 0, validation: 0, testNormal: 0, testAnomalous: 0 };
    return {
      className,
      ...numbers,
      masks: group.filter(({ sample }) => sample.split === 'test' && sample.maskPath !== undefined).length,
      sizes: tally(group.flatMap(({ size }) => size ?? [])),
      modes: tally(group.flatMap(({ mode }) => mode ?? [])),
      official: dataset.official?.[className],
    };
  });
}

function tally(values: readonly string[]): Record<string, number> {
  return Object.fromEntries(groups(values, (value) => value).map((group) => [group[0] ?? '', group.length]));
}
