/** The table of docs/add-a-class.md from the rows in docs/add-a-class.json: `pnpm --filter bench add-class-table`. */
import { readFileSync } from 'node:fs';

const MODELS = {
  joint: 'trained with all eight classes',
  added: '**added**: embedding fitted, own whitening',
  nearest: 'the nearest class’s embedding, not fitted; own whitening',
  jointOwnWhitening: 'trained with all eight, then whitened on this class alone',
  addedSharedWhitening: 'embedding fitted, whitening of the old classes',
  nearestSharedWhitening: 'the nearest class’s embedding, whitening of the old classes',
  meanSharedWhitening: 'mean of all embeddings, whitening of the old classes',
} as const;
const METRICS = ['imageAuroc', 'pixelAuroc', 'auPro'] as const;

type Row = { readonly judgedOn: string } & Partial<
  Record<keyof typeof MODELS, Readonly<Record<(typeof METRICS)[number], number>>>
>;

const rows: Row[] = JSON.parse(readFileSync(new URL('../docs/add-a-class.json', import.meta.url), 'utf8'));
const [heldOut, test] = [false, true].map((onTest) =>
  rows.filter(({ judgedOn }) => (judgedOn === 'test images') === onTest),
) as [Row[], Row[]];

/** Mean, and sample standard deviation where there is more than one row. */
function cell(of: readonly Row[], model: keyof typeof MODELS, metric: (typeof METRICS)[number]): string {
  const values = of.flatMap((row) => row[model]?.[metric] ?? []);
  if (values.length === 0) return '–';
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length === 1) return mean.toFixed(3);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return `${mean.toFixed(3)} ± ${Math.sqrt(variance).toFixed(3)}`;
}

console.log(
  '| model | held-out images: image | pixel | AUPRO | test images: image | pixel | AUPRO |\n| --- | --- | --- | --- | --- | --- | --- |',
);
for (const [model, title] of Object.entries(MODELS) as [keyof typeof MODELS, string][]) {
  const cells = [heldOut, test].flatMap((of) => METRICS.map((metric) => cell(of, model, metric)));
  console.log(`| ${[title, ...cells].join(' | ')} |`);
}
