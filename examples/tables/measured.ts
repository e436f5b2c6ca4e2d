import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

type Row = Readonly<Record<string, number | string>>;

/** `examples/results/<name>-images.json`, as `examples/16-models` writes it. */
interface Measured {
  readonly command: string;
  readonly date: string;
  readonly machine: string;
  readonly rows: readonly Row[];
}

const TABLES: Readonly<Record<string, (rows: readonly Row[]) => string[][]>> = {
  few: fewImages,
  dirty: dirtyImages,
  'add-class': addedClasses,
};

/** The table of a measurement, and where it comes from. */
export async function measuredTable(name: string): Promise<string> {
  const path = fileURLToPath(new URL(`../results/${name}-images.json`, import.meta.url));
  const { rows, command, date, machine }: Measured = JSON.parse(await readFile(path, 'utf8'));
  const [head = [], ...body] = TABLES[name]?.(rows) ?? [];
  const table = [head, head.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  return `${table}\n\n\`${command}\`, ${date}, ${machine}.`;
}

function fewImages(rows: readonly Row[]): string[][] {
  const counts = distinct(rows, 'images');
  return [
    ['good images of each class', 'gaussian', 'memory', 'lowest rate that a limit can promise, all held out'],
    ...counts.map((images) => {
      const own = rows.filter((row) => row.images === images);
      const of = (model: string) =>
        spread(own.filter((row) => row.model === model).map((row) => Number(row.auroc)));
      return [String(images), of('gaussian'), of('memory'), Number(own[0]?.smallestRate).toFixed(2)];
    }),
  ];
}

function dirtyImages(rows: readonly Row[]): string[][] {
  const shares = distinct(rows, 'share').filter((share) => share > 0);
  return [
    [
      'defective',
      'draws',
      'planted',
      'found',
      'good ones suspected',
      'clean',
      'with defective images',
      'difference',
    ],
    ...shares.map((share) => {
      const own = rows.filter((row) => row.share === share);
      const mean = (key: string) => average(own.map((row) => Number(row[key])));
      const falls = own.map((row) => Number(row.auroc) - Number(row.cleanAuroc));
      return [
        `${100 * share} %`,
        String(own.length),
        mean('planted').toFixed(0),
        mean('found').toFixed(0),
        mean('others').toFixed(0),
        mean('cleanAuroc').toFixed(3),
        mean('auroc').toFixed(3),
        spread(falls).replace('-', '−'),
      ];
    }),
  ];
}

function addedClasses(rows: readonly Row[]): string[][] {
  return [
    [
      'class',
      'fitted on',
      'recognised, held out',
      'recognised, test',
      'added',
      'trained with all',
      'old images changed',
    ],
    ...rows.map((row) => [
      String(row.class),
      String(row.fitted),
      `${row.recognised} of ${row.heldOut}`,
      `${row.recognisedInTest} of ${row.inTest}`,
      Number(row.auroc).toFixed(3),
      Number(row.together).toFixed(3),
      `${row.changed} of ${row.oldImages}; ${row.taken} taken for it`,
    ]),
  ];
}

const distinct = (rows: readonly Row[], key: string): number[] =>
  [...new Set(rows.map((row) => Number(row[key])))].sort((a, b) => a - b);

const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Mean, and sample standard deviation where there is more than one value. */
function spread(values: readonly number[]): string {
  const mean = average(values);
  if (values.length < 2) return mean.toFixed(3);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return `${mean.toFixed(3)} ± ${Math.sqrt(variance).toFixed(3)}`;
}
