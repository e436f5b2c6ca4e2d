import { styleText } from 'node:util';
import { onOneLine } from '@mint/internal';
import type { ImageDecision } from '../../scoring/decisions.js';

/** The result for one image of the input. */
export type Row = Partial<Omit<ImageDecision, 'decision'>> & {
  /** Path of the image; the key is part of the output format. */
  readonly picture: string;
  readonly decision: ImageDecision['decision'] | 'unreadable';
  /** Why the image cannot be read. */
  readonly error?: string | undefined;
};

/** A format of rows, one line each. */
export interface RowWriter {
  /** The first line, if the format has one. */
  readonly header?: string | undefined;
  readonly line: (row: Row) => string;
}

const COLUMNS = ['picture', 'score', 'class', 'probability', 'classP', 'p', 'decision', 'error'] as const;
/** Columns about regions: how many, how many pixels they have together, and how many the size rule hid. */
const REGION_COLUMNS = ['regions', 'regionArea', 'smallRegions'] as const;

/** JSON Lines: one object per image; unknown values have no key. */
export const jsonLines: RowWriter = { line: (row) => JSON.stringify(row) };

/** Comma-separated values as in RFC 4180, except that lines end in a newline only. */
export const csv: RowWriter = csvOf((text) => text);

/**
 * {@link csv} for spreadsheets: a text that they would compute as a formula, such as the file name `=1+1.png`, gets an apostrophe in
 * front.
 *
 * @see OWASP, CSV Injection.
 */
export const spreadsheetCsv: RowWriter = csvOf((text) => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text));

function csvOf(shown: (text: string) => string): RowWriter {
  const field = (value: string | number | undefined) =>
    csvField(typeof value === 'string' ? shown(value) : value);
  return {
    header: [...COLUMNS, ...REGION_COLUMNS].join(','),
    line: (row) => [...COLUMNS.map((column) => row[column]), ...regionFields(row)].map(field).join(','),
  };
}

const regionFields = ({ regions, smallRegions }: Row): (number | undefined)[] => [
  regions?.length,
  regions?.reduce((sum, { area }) => sum + area, 0),
  smallRegions?.length,
];

function csvField(value: string | number | undefined): string {
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const COLOURS = {
  ok: 'green',
  review: 'yellow',
  alarm: 'red',
  'unknown class': 'yellow',
  none: 'reset',
  unreadable: 'red',
} as const satisfies Record<Row['decision'], string>;

/** Columns for people, without the reason why an image cannot be read: that goes to standard error. */
export function table(images: readonly string[], classes: readonly string[]): RowWriter {
  const widest = (texts: readonly string[], least: number) =>
    texts.reduce((width, { length }) => Math.max(width, length), least);
  const line = (image: string, cells: readonly string[]) => {
    const [score = '', name = '', probability = '', classP = '', p = '', decision = ''] = cells;
    return [
      onOneLine(image).padEnd(nameWidth),
      score.padStart(9),
      name.padEnd(classWidth),
      probability.padStart(11),
      classP.padStart(7),
      p.padStart(5),
      decision,
    ].join('  ');
  };
  const nameWidth = widest(images.map(onOneLine), 'image'.length);
  const classWidth = widest(classes, 'class'.length);
  return {
    header: line('image', ['score', 'class', 'probability', 'class p', 'p', 'decision']),
    line: ({ picture: image, score, class: name, probability, classP, p, decision }) =>
      line(image, [
        score?.toFixed(4) ?? '–',
        name ?? '–',
        ...[probability, classP, p].map((value) => value?.toFixed(3) ?? '–'),
        styleText(COLOURS[decision], decision),
      ]),
  };
}
