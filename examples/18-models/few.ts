// A handful of good images for each class: what do models without a network still find?
// npx pnpm --filter @examples/models few --data testbed --weights b4.safetensors
import { procedural, startDevice } from '@examples/shared';
import { Random, type Sample } from '@mint/data';
import { smallestAlpha } from '@mint/detector';
import { loadData } from './config.js';
import { aurocs, mean, scoresOf, trained } from './judge.js';
import { writeTable } from './table.js';

const COUNTS = [1, 2, 4, 8, 16];
const DRAWS = 3;
/** Test images of a class and label; more would only take time. */
const MOST = 25;

await startDevice();
const [data = procedural(8)] = await loadData();
const { samples, classes } = data.dataset;
const tests = classes.flatMap((name) =>
  (['normal', 'anomalous'] as const).flatMap((kind) =>
    samples
      .filter(({ className, split, label }) => className === name && split === 'test' && label === kind)
      .slice(0, MOST),
  ),
);
const rows: Record<string, number | string>[] = [];
for (let draw = 0; draw < DRAWS; draw++) {
  for (const images of COUNTS) {
    const few = classes.flatMap((name) => drawn(name, images, draw));
    for (const model of ['gaussian', 'memory'] as const) {
      // A memory of one image has no residuals to measure.
      if (model === 'memory' && images === 1) continue;
      const { detector } = await trained(model, data, few, 0);
      const found = aurocs(tests, await scoresOf(detector, tests));
      detector.dispose();
      rows.push({
        model,
        images,
        draw,
        auroc: mean(Object.values(found)),
        // All of them would have to be held out for this rate.
        smallestRate: smallestAlpha(images),
      });
      await writeTable('few', data.name, rows);
      console.log(JSON.stringify(rows.at(-1)));
    }
  }
}

function drawn(name: string, count: number, draw: number): Sample[] {
  const random = new Random(draw);
  return samples
    .filter(({ className, split, label }) => className === name && split === 'train' && label === 'normal')
    .map((sample) => ({ sample, at: random.uniform() }))
    .toSorted((a, b) => a.at - b.at)
    .slice(0, count)
    .map(({ sample }) => sample);
}
