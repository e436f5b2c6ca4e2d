import { own } from '@mint/internal';
import { few } from '../names.js';
import type { ClassCounts, Dataset, DatasetInfo, Sample } from '../types.js';

const COUNTED = ['train', 'validation', 'testNormal', 'testAnomalous'] as const;
const CALLED: Readonly<Record<(typeof COUNTED)[number], string>> = {
  train: 'training',
  validation: 'validation',
  testNormal: 'normal test',
  testAnomalous: 'anomalous test',
};

/** Numbers of images per class, as in {@link DatasetInfo}. */
function countsByClass(samples: readonly Sample[]): Map<string, Required<ClassCounts>> {
  const counts = new Map<string, Record<keyof ClassCounts, number>>();
  for (const { className, split, label } of samples) {
    const mine = counts.get(className) ?? { train: 0, validation: 0, testNormal: 0, testAnomalous: 0 };
    if (split === 'test') mine[label === 'normal' ? 'testNormal' : 'testAnomalous'] += 1;
    else mine[split] += 1;
    counts.set(className, mine);
  }
  return counts;
}

/**
 * Adds licence, citation and official counts to a data set; `warnings` gets the differences from them.
 *
 * @param all - Whether every official class is expected.
 */
export function asOfficial(dataset: Dataset, info: DatasetInfo, all: boolean): Dataset {
  const { counts, name, licence, citation, source } = info;
  const missing = Object.keys(counts).filter((className) => !dataset.classes.includes(className));
  const unknown = dataset.classes.filter((className) => !Object.hasOwn(counts, className));
  return {
    ...dataset,
    name,
    licence,
    citation,
    source,
    official: counts,
    warnings: [
      ...dataset.warnings,
      ...(all && missing.length > 0
        ? [
            `${missing.length} of the ${Object.keys(counts).length} classes of ${name} are not there: ${few(missing)}.`,
          ]
        : []),
      ...unknown.map((className) => `${className}: not a class of ${name}.`),
      ...countDifferences(dataset.samples, info),
    ],
  };
}

function countDifferences(samples: readonly Sample[], { name, counts }: DatasetInfo): string[] {
  return [...countsByClass(samples)].flatMap(([className, mine]) => {
    const official = own(counts, className) ?? {};
    const differing = COUNTED.filter((key) => official[key] !== undefined && official[key] !== mine[key]);
    if (differing.length === 0) return [];
    const numbers = differing.map((key) => `${mine[key]} ${CALLED[key]} images instead of ${official[key]}`);
    return [`${className}: ${numbers.join(', ')} in the official ${name}.`];
  });
}

/** `[train, normal test, anomalous test]` of each class. */
export function splitCounts(
  table: Readonly<Record<string, readonly [number, number, number]>>,
): Record<string, ClassCounts> {
  return Object.fromEntries(
    Object.entries(table).map(([className, [train, testNormal, testAnomalous]]) => [
      className,
      { train, testNormal, testAnomalous },
    ]),
  );
}
