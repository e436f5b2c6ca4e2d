import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { signed, spread } from '@examples/shared/result-table';

type Row = Readonly<Record<string, number | string>>;

/** `examples/results/<measurement>-images.json`, which @examples/models writes. */
interface Measurement {
  readonly measurement: string;
  readonly command: string;
  readonly date: string;
  readonly machine: string;
  readonly backend: string;
  readonly rows: readonly Row[];
}

const TABLES: Readonly<Record<string, (rows: readonly Row[]) => readonly (readonly string[])[]>> = {
  few: fewTable,
  dirty: dirtyTable,
  'add-class': addClassTable,
};

/** Markdown: the table of a measurement, and where its numbers come from. */
export async function measuredTable(name: string): Promise<string> {
  const path = fileURLToPath(new URL(`../results/${name}-images.json`, import.meta.url));
  const file: Measurement = JSON.parse(await readFile(path, 'utf8'));
  const [head = [], ...rows] = TABLES[name]?.(file.rows) ?? [];
  const table = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  return `${table}\n\n\`${file.command}\`, ${file.date}, ${file.machine}, ${file.backend}.`;
}

/** A row for each number of images, a column for each kind of model. */
function fewTable(rows: readonly Row[]): string[][] {
  const models = distinct(rows, 'model');
  return [
    ['good images of each class', ...models.map(String), 'lowest rate of a limit'],
    ...distinct(rows, 'images').map((images) => {
      const own = rows.filter((row) => row.images === images);
      const cells = models.map((model) =>
        spread(
          numbers(
            own.filter((row) => row.model === model),
            'auroc',
          ),
        ),
      );
      return [String(images), ...cells, Number(own[0]?.smallestRate).toFixed(2)];
    }),
  ];
}

/** A row for each share of defective images: what they cost, and which were found. */
function dirtyTable(rows: readonly Row[]): string[][] {
  const shares = distinct(rows, 'share').toSorted((a, b) => Number(a) - Number(b));
  return [
    ['defective', 'without them', 'with them', 'difference', 'found', 'good images left out'],
    ...shares
      .filter((share) => share !== 0)
      .map((share) => {
        const own = rows.filter((row) => row.share === share);
        const [before, after] = [numbers(own, 'cleanAuroc'), numbers(own, 'auroc')];
        const falls = after.map((value, i) => value - (before[i] ?? Number.NaN));
        const [found, planted] = [total(own, 'found'), total(own, 'planted')];
        return [
          `${(100 * Number(share)).toFixed(0)} %`,
          spread(before),
          spread(after),
          `${signed(falls.reduce((sum, v) => sum + v, 0) / falls.length)} ± ${spread(falls).split(' ± ')[1] ?? '–'}`,
          `${((100 * found) / planted).toFixed(0)} % of ${planted}`,
          (total(own, 'others') / own.length).toFixed(0),
        ];
      }),
  ];
}

/** A row for each class that was left out and added. */
function addClassTable(rows: readonly Row[]): string[][] {
  const mean = (key: string) => numbers(rows, key).reduce((sum, v) => sum + v, 0) / rows.length;
  return [
    [
      'class',
      'images fitted, held out',
      'trained with all',
      'added',
      'recognised in test',
      'old images changed',
    ],
    ...rows.map((row) => [
      String(row.class),
      `${row.fitted}, ${row.heldOut}`,
      Number(row.together).toFixed(3),
      Number(row.auroc).toFixed(3),
      `${row.recognisedInTest} of ${row.inTest}`,
      `${row.changed} of ${row.oldImages}`,
    ]),
    ...(rows.length > 1
      ? [['**mean**', '', mean('together').toFixed(3), mean('auroc').toFixed(3), '', '']]
      : []),
  ];
}

const distinct = (rows: readonly Row[], key: string) => [...new Set(rows.map((row) => row[key] ?? ''))];
const numbers = (rows: readonly Row[], key: string): number[] => rows.map((row) => Number(row[key]));
const total = (rows: readonly Row[], key: string): number =>
  numbers(rows, key).reduce((sum, value) => sum + value, 0);
