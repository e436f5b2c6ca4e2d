import type { ResultFile, RunResult } from './result-file.js';

const COLUMNS = [
  ['image AUROC', ({ classMean }: RunResult['metrics']) => classMean.imageAuroc],
  ['pooled', ({ pooled }: RunResult['metrics']) => pooled.imageAuroc],
  ['pixel AUROC', ({ classMean }: RunResult['metrics']) => classMean.pixelAuroc],
  ['pixel AP', ({ classMean }: RunResult['metrics']) => classMean.pixelAp],
  ['AUPRO', ({ classMean }: RunResult['metrics']) => classMean.auPro],
] as const;

/** Markdown: a row for each setting on each data, mean ± standard deviation over seeds. */
export function resultTable({ runs }: Pick<ResultFile, 'runs'>): string {
  const groups = group(runs);
  const rows = [...groups.values()].map((of) => {
    const [first] = of as [RunResult];
    const cells = COLUMNS.map(([, read]) => spread(of.map(({ metrics }) => read(metrics))));
    const minutes = of.reduce((sum, { trainingSeconds }) => sum + trainingSeconds, 0) / of.length / 60;
    const data =
      first.substituteFor === undefined ? first.data : `${first.data} (for ${first.substituteFor})`;
    return [data, first.setting, String(of.length), String(first.steps), ...cells, minutes.toFixed(1)];
  });
  const head = ['data', 'setting', 'seeds', 'steps', ...COLUMNS.map(([title]) => title), 'minutes'];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function group(runs: readonly RunResult[]): Map<string, RunResult[]> {
  const groups = new Map<string, RunResult[]>();
  for (const run of runs) {
    const key = `${run.data} ${run.setting}`;
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return groups;
}

/** `0.912 ± 0.004`: mean and sample standard deviation. */
export function spread(values: readonly (number | undefined)[]): string {
  const known = values.filter((value) => value !== undefined);
  if (known.length === 0) return '–';
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  if (known.length === 1) return mean.toFixed(3);
  const variance = known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (known.length - 1);
  return `${mean.toFixed(3)} ± ${Math.sqrt(variance).toFixed(3)}`;
}

/** `+0.012`. */
export const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
