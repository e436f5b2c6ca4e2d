import { styleText } from 'node:util';
import { type ClassReport, checkDataset, type DatasetReport, type Finding, loadDataset } from '@mint/data';
import type { CommandContext } from '../../shell/context.js';
import type { DataCheckFlags } from './flags.js';

/** Paths and ids shown for one finding; `--json` has all of them. */
const SHOWN = 5;

/**
 * `mint data check <path>`: prints the contents of a data set and its problems as a table.
 * Returns 1 when there is a problem, else 0.
 */
export async function runDataCheck(
  path: string,
  flags: DataCheckFlags,
  { progress, print }: CommandContext,
): Promise<number> {
  const dataset = await loadDataset(path, { classes: flags.classes });
  progress.start('checking', dataset.samples.length, 'images');
  const report = await checkDataset(dataset, { onProgress: (done) => progress.update(done) });
  progress.stop();
  print(reportText(report), report);
  return report.findings.some(({ severity }) => severity === 'problem') ? 1 : 0;
}

function reportText({ dataset, layout, licence, classes, findings }: DatasetReport): string {
  const problems = findings.filter(({ severity }) => severity === 'problem').length;
  const summary =
    problems === 0 ? 'no problem found' : `${problems} problem${problems === 1 ? '' : 's'} found`;
  return [
    dataset,
    ...(layout === undefined ? [] : [`read as: ${layout}`]),
    ...(licence === undefined ? [] : [`licence: ${licence}`]),
    '',
    ...classTable(classes),
    '',
    ...findings.flatMap(findingLines),
    summary,
  ].join('\n');
}

function classTable(classes: readonly ClassReport[]): string[] {
  const header = ['class', 'train', 'validation', 'test good', 'test anomalous', 'masks', 'sizes', 'files'];
  const rows = classes.map((one) => [
    one.className,
    of(one.train, one.official?.train),
    of(one.validation, one.official?.validation),
    of(one.testNormal, one.official?.testNormal),
    of(one.testAnomalous, one.official?.testAnomalous),
    String(one.masks),
    commonest(one.sizes),
    commonest(one.modes),
  ]);
  const widths = header.map((name, i) => Math.max(name.length, ...rows.map((row) => (row[i] ?? '').length)));
  return [header, ...rows].map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** A count, beside the official one where they differ. */
const of = (count: number, official: number | undefined) =>
  official === undefined || official === count ? String(count) : `${count} of ${official}`;

function commonest(tally: Readonly<Record<string, number>>): string {
  const [first, ...rest] = Object.entries(tally).sort(([, a], [, b]) => b - a);
  if (first === undefined) return '';
  return rest.length === 0 ? first[0] : `${first[0]} and ${rest.length} more`;
}

function findingLines({ severity, what, effect, where }: Finding): string[] {
  const more = where.length - SHOWN;
  return [
    `${styleText(severity === 'problem' ? 'red' : 'yellow', severity)}: ${what}${effect === '' ? '' : ` (${effect})`}`,
    ...where.slice(0, SHOWN).map((item) => `    ${item}`),
    ...(more > 0 ? [`    and ${more} more`] : []),
  ];
}
