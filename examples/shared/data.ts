import { type Dataset, type DatasetInfo, proceduralDataset } from '@mint/data';
import type { StudyData } from './study.js';

/**
 * A published data set from its folder, or a substitute for it: the procedural data set when no folder is given, or a folder
 * whose classes are not the official ones.
 */
export async function publishedOrSubstitute(
  official: Pick<DatasetInfo, 'name' | 'counts'>,
  folder: string | undefined,
  load: (folder: string) => Promise<Dataset>,
): Promise<StudyData> {
  if (folder === undefined) return { ...procedural(8), substituteFor: official.name };
  const dataset = await load(folder);
  const wanted = Object.keys(official.counts).sort().join();
  const isOfficial = dataset.classes.toSorted().join() === wanted;
  return {
    name: isOfficial ? official.name : dataset.name,
    substituteFor: isOfficial ? undefined : official.name,
    dataset,
  };
}

/** The first `classes` classes of the procedural set, hard enough to tell methods apart. */
export function procedural(classes: number): StudyData {
  const whole = proceduralDataset({ classes: Math.max(4, classes), difficulty: 0.3, trainPerClass: 40 });
  const names = whole.classes.slice(0, classes);
  return {
    name: `procedural-${classes}`,
    dataset: {
      ...whole,
      name: `procedural-v1, first ${classes} classes, difficulty 0.3`,
      classes: names,
      samples: whole.samples.filter(({ className }) => names.includes(className)),
    },
  };
}
