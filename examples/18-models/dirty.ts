// Defective images among the good ones: how much do models without a network lose, and are they found?
// npx pnpm --filter @examples/models dirty --data testbed --weights b4.safetensors
import { procedural, startDevice } from '@examples/shared';
import { Random, type Sample } from '@mint/data';
import { loadData } from './config.js';
import { aurocs, mean, scoresOf, trained } from './judge.js';
import { writeTable } from './table.js';

/** Share of a class's training images that are defective. */
const SHARES = [0.1, 0.05, 0.2, 0.02];
const DRAWS = 3;
/** Good images of a class; more would only take time. */
const MOST = 100;
/** Defective images of a class that are left to test on. */
const LEFT = 10;

await startDevice();
const [data = procedural(8)] = await loadData();
const { samples } = data.dataset;
const good = data.dataset.classes.flatMap((name) =>
  samples
    .filter(({ className, split, label }) => className === name && split === 'train' && label === 'normal')
    .slice(0, MOST),
);
const tests = samples.filter(({ split }) => split === 'test');
const clean = await trained('gaussian', data, good, 0);
const before = await scoresOf(clean.detector, tests);
clean.detector.dispose();
const rows: Record<string, number>[] = [
  { share: 0, draw: 0, planted: 0, found: 0, others: clean.suspects.length },
];
for (let draw = 0; draw < DRAWS; draw++) {
  for (const share of SHARES) {
    const planted = new Set(data.dataset.classes.flatMap((name) => drawn(name, share, draw)));
    const moved = [...planted].map(({ defect: _, ...sample }) => ({
      ...sample,
      split: 'train' as const,
      label: 'normal' as const,
    }));
    const rest = tests.filter((sample) => !planted.has(sample));
    const { detector, suspects } = await trained('gaussian', data, [...good, ...moved], 0);
    const after = aurocs(rest, await scoresOf(detector, rest));
    detector.dispose();
    const ids = new Set(moved.map(({ id }) => id));
    const found = suspects.filter((id) => ids.has(id)).length;
    const was = aurocs(rest, before);
    rows.push({
      share,
      draw,
      planted: planted.size,
      found,
      others: suspects.length - found,
      cleanAuroc: mean(Object.values(was)),
      auroc: mean(Object.values(after)),
    });
    await writeTable('dirty', data.name, rows);
    console.log(JSON.stringify(rows.at(-1)));
  }
}

/** Defective test images of a class, as many as make the share of its training images. */
function drawn(name: string, share: number, draw: number): Sample[] {
  const bad = tests.filter(({ className, label }) => className === name && label === 'anomalous');
  const own = good.filter(({ className }) => className === name).length;
  const count = Math.min(Math.round((share * own) / (1 - share)), Math.max(0, bad.length - LEFT));
  const random = new Random(draw);
  return bad
    .map((sample) => ({ sample, at: random.uniform() }))
    .toSorted((a, b) => a.at - b.at)
    .slice(0, count)
    .map(({ sample }) => sample);
}
