// Each class left out in turn: a model of the others, the class added to it in closed form, and a model of all classes.
// npx pnpm --filter @examples/models add-class --data testbed --weights b4.safetensors
import { flags, procedural, startDevice } from '@examples/shared';
import type { Dataset, Sample } from '@mint/data';
import { type MintDetector, predictBatch } from '@mint/detector';
import { ALPHA, extendDetector, featureBatches, featureCacheOf } from '@mint/trainer';
import { loadData } from './config.js';
import { aurocs, scoresOf, trained } from './judge.js';
import { writeTable } from './table.js';

/** Good training images of a class, held-out ones included; more would only take time. */
const MOST = 140;

await startDevice();
const [data = procedural(8)] = await loadData();
const { dataset } = data;
const good = dataset.classes.flatMap((name) =>
  dataset.samples
    .filter(({ className, split, label }) => className === name && split === 'train' && label === 'normal')
    .slice(0, MOST),
);
const tests = dataset.samples.filter(({ split }) => split === 'test');
const of = (name: string, samples: readonly Sample[]) =>
  samples.filter(({ className }) => className === name);

const joint = await trained('gaussian', data, good, 0, { alpha: ALPHA });
const together = aurocs(tests, await scoresOf(joint.detector, tests));
joint.detector.dispose();
const rows: Record<string, number | string>[] = [];
for (const name of dataset.classes) {
  const classes = dataset.classes.filter((other) => other !== name);
  const others: Dataset = { ...dataset, classes };
  const samples = good
    .filter(({ className }) => className !== name)
    .map((sample) => ({ ...sample, classIndex: classes.indexOf(sample.className) }));
  const model = await trained('gaussian', { ...data, dataset: others }, samples, 0, { alpha: ALPHA });
  const cache = featureCacheOf(flags.cache, model.detector);
  const { detector, ...added } = await extendDetector(model.detector, name, of(name, good), {
    cache,
    seed: 0,
  });
  const own = of(name, tests);
  rows.push({
    class: name,
    fitted: added.fitted,
    heldOut: added.heldOut,
    recognised: added.recognised,
    recognisedInTest: await recognised(detector, own, name),
    inTest: own.length,
    auroc: aurocs(own, await scoresOf(detector, own, name))[name] ?? Number.NaN,
    together: together[name] ?? Number.NaN,
    oldImages: added.oldImages.images,
    changed: added.oldImages.changed,
    taken: added.oldImages.reassigned,
  });
  for (const each of [model.detector, detector]) each.dispose();
  await writeTable('add-class', data.name, rows);
  console.log(JSON.stringify(rows.at(-1)));
}

/** How many of the images the model recognises as the class without being given it. */
async function recognised(detector: MintDetector, samples: readonly Sample[], name: string): Promise<number> {
  const cache = featureCacheOf(flags.cache, detector);
  let count = 0;
  for await (const batch of featureBatches(detector, cache, samples)) {
    const found = await predictBatch(detector, batch);
    count += found.filter((prediction) => detector.recognisedClass(prediction) === name).length;
  }
  return count;
}
