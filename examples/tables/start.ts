// Rebuilds every table of README.md, docs/ and examples/ that comes from examples/results/. With --check it changes nothing and fails if one is out of date.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { compareSettings } from '@examples/shared/compare-settings';
import { type ResultFile, readResults } from '@examples/shared/result-file';
import { resultTable, signed } from '@examples/shared/result-table';
import { measuredTable } from './measured.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** `<!-- results: study -->`, `<!-- compared: study: setting > setting -->` or `<!-- measured: name -->`, up to the next `<!-- end -->`. */
const BLOCK = /<!-- (results|compared|measured): ([\w-]+)(?:: (.+?) > (.+?))? -->\n[\s\S]*?<!-- end -->/g;

const pages = [
  'README.md',
  ...(await readdir(`${ROOT}docs`)).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
  ...(await readdir(`${ROOT}examples`)).map((name) => `examples/${name}/README.md`),
];
// The same comparison stands on several pages.
const compared = new Map<string, string>();
const stale: string[] = [];
for (const page of pages) {
  const text = await readFile(ROOT + page, 'utf8').catch(() => '');
  const rebuilt = await rebuild(text);
  if (withoutWidths(rebuilt) === withoutWidths(text)) continue;
  stale.push(page);
  if (!process.argv.includes('--check')) await writeFile(ROOT + page, rebuilt);
}
console.log(stale.length === 0 ? 'all tables are up to date' : stale.join('\n'));
if (process.argv.includes('--check') && stale.length > 0) process.exitCode = 1;

async function rebuild(text: string): Promise<string> {
  let rebuilt = text;
  for (const [block, kind, study = '', a = '', b = ''] of text.matchAll(BLOCK)) {
    const table = kind === 'measured' ? await measuredTable(study) : await tableOf(study, a, b);
    const [head] = block.split('\n');
    rebuilt = rebuilt.replace(block, () => `${head}\n\n${table}\n\n<!-- end -->`);
  }
  return rebuilt;
}

/** All settings of a study, or two of them compared. */
async function tableOf(study: string, a: string, b: string): Promise<string> {
  const file = await readResults(study);
  return a === '' ? withSource(file) : comparison(file, a, b);
}

/** The formatter pads the columns of tables. */
function withoutWidths(text: string): string {
  return text.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '---');
}

function withSource(file: ResultFile): string {
  const { command, date, machine, runs } = file;
  const backends = [...new Set(runs.map(({ protocol }) => protocol.backend))].join(', ');
  return `${resultTable(file)}\n\n\`${command}\`, ${date}, ${machine}, ${backends}.`;
}

/** How much better setting `a` is than `b`, on each data. */
function comparison(file: ResultFile, a: string, b: string): string {
  const key = [file.study, a, b].join('\n');
  const known = compared.get(key) ?? compare(file, a, b);
  compared.set(key, known);
  return known;
}

function compare(file: ResultFile, a: string, b: string): string {
  const rows = [...new Set(file.runs.map(({ data }) => data))].map((data) => {
    const { classMean, pooled, classes } = compareSettings(file, data, a, b);
    const cells = [classMean, pooled].flatMap(({ difference, interval: [low, high], pValue }) =>
      Number.isNaN(difference)
        ? ['–', '–']
        : [`${signed(difference)} (${signed(low)} to ${signed(high)})`, pValue.toFixed(3)],
    );
    return [data, ...cells, classes.join(', ')];
  });
  const head = ['data', 'mean image AUROC', 'p', 'pooled', 'p', 'classes better, equal, worse'];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
