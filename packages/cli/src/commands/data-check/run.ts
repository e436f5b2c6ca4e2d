import { styleText } from 'node:util';
import {
  type ClassReport,
  checkDataset,
  type DatasetReport,
  type LabelCounts,
  loadDataset,
  type Problem,
} from '@mint/data';
import { folderTree } from '../../output/folder-tree.js';
import type { CommandContext } from '../../shell/context.js';
import type { DataCheckFlags } from './flags.js';

/**
 * `mint data check <path>`: prints how a data set was read, its contents and its problems.
 * Returns 1 when there is a problem, else 0.
 */
export async function runDataCheck(
  path: string,
  { classes, goodWords, defectWords, root, allowLeftOut }: DataCheckFlags,
  { progress, print }: CommandContext,
): Promise<number> {
  const dataset = await loadDataset(path, { classes, goodWords, defectWords, root });
  progress.start('checking', dataset.samples.length, 'images');
  const report = await checkDataset(dataset, { onProgress: (done) => progress.update(done) });
  progress.stop();
  const isAllowed = ({ lost }: Problem) => allowLeftOut === true && lost === true;
  const judged = {
    ...report,
    problems: report.problems.filter((problem) => !isAllowed(problem)),
    notes: [...report.problems.filter(isAllowed), ...report.notes],
  };
  print(reportText(judged), judged);
  return judged.problems.length > 0 ? 1 : 0;
}

function reportText({
  dataset,
  layout,
  licence,
  classes,
  folders = [],
  leftOut,
  problems,
  notes,
}: DatasetReport): string {
  const count = problems.length;
  return [
    dataset,
    ...(layout === undefined ? [] : [`read as: ${layout}`]),
    ...(licence === undefined ? [] : [`licence: ${licence}`]),
    '',
    ...(folders.length === 0 ? [] : [...folderTree(folders), '']),
    ...classTable(classes),
    '',
    ...leftOut.map(
      ({ what, count: left, examples }) => `left out: ${left} ${what}: ${listed(examples, left)}`,
    ),
    ...problems.flatMap(({ code, ...found }) =>
      findingLines(`${styleText('red', 'problem')} ${code}`, found),
    ),
    ...notes.flatMap((note) => findingLines(styleText('yellow', 'note'), note)),
    count === 0 ? 'no problem found' : `${count} problem${count === 1 ? '' : 's'} found`,
  ].join('\n');
}

function classTable(classes: readonly ClassReport[]): string[] {
  const header = ['class', 'train', 'validation', 'test good', 'test anomalous', 'masks', 'sizes', 'files'];
  const rows = classes.map(({ name, train, validation, test, masks, sizes, modes, official }) => [
    name,
    counted(train, official?.train),
    counted(validation, official?.validation),
    of(test.good, official?.testNormal),
    of(test.defective, official?.testAnomalous),
    String(masks),
    commonest(sizes),
    commonest(modes),
  ]);
  const widths = header.map((name, i) => Math.max(name.length, ...rows.map((row) => (row[i] ?? '').length)));
  return [header, ...rows].map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** Good images, with those that have a defect beside them. */
const counted = ({ good, defective }: LabelCounts, official: number | undefined) =>
  of(good, official) + (defective === 0 ? '' : ` (+ ${defective} anomalous)`);

/** A count, beside the official one where they differ. */
const of = (count: number, official: number | undefined) =>
  official === undefined || official === count ? String(count) : `${count} of ${official}`;

function commonest(tally: Readonly<Record<string, number>>): string {
  const [first, ...rest] = Object.entries(tally).sort(([, a], [, b]) => b - a);
  if (first === undefined) return '';
  return rest.length === 0 ? first[0] : `${first[0]} and ${rest.length} more`;
}

interface Found {
  readonly message: string;
  readonly count: number;
  readonly examples: readonly string[];
}

function findingLines(title: string, { message, count, examples }: Found): string[] {
  const more = count - examples.length;
  return [
    `${title}: ${count === 0 ? '' : `${count} `}${message}`,
    ...examples.map((item) => `    ${item}`),
    ...(more > 0 ? [`    and ${more} more`] : []),
  ];
}

const listed = (examples: readonly string[], count: number): string =>
  examples.join(', ') + (count > examples.length ? ` and ${count - examples.length} more` : '');
