import type { StoredDecision } from '@mint/history';
import { onOneLine } from '@mint/internal';
import { binomialInterval } from '@mint/metrics';

/** What happened to the images of one class in one shift, and how far people judged it. */
export interface SheetRow {
  readonly className: string;
  /** Hour of the day at which the shift begins, on this machine. */
  readonly shift: number;
  /** Images with a decision; unreadable ones are not counted. */
  images: number;
  alarms: number;
  /** Alarms that people judged good or defective. */
  judgedAlarms: number;
  falseAlarms: number;
  /** Images without an alarm that people judged good or defective. */
  judgedPasses: number;
  misses: number;
}

/** Counts decisions and their last verdicts by class and shift. `not sure` counts as not judged. */
export async function readSheet(
  decisions: AsyncIterable<StoredDecision>,
  hours: number,
): Promise<SheetRow[]> {
  const rows = new Map<string, SheetRow>();
  for await (const { className = '–', time, decision, verdict } of decisions) {
    if (decision === 'unreadable') continue;
    const shift = Math.floor(new Date(time).getHours() / hours) * hours;
    const key = JSON.stringify([className, shift]);
    const row = rows.get(key) ?? emptyRow(className, shift);
    rows.set(key, row);
    const judged = verdict !== undefined && verdict.verdict !== 'not sure';
    const alarm = decision === 'alarm' || decision === 'unknown class';
    row.images++;
    if (alarm) row.alarms++;
    if (judged && alarm) row.judgedAlarms++;
    if (judged && !alarm) row.judgedPasses++;
    if (alarm && verdict?.verdict === 'good') row.falseAlarms++;
    if (!alarm && verdict?.verdict === 'defective') row.misses++;
  }
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

const emptyRow = (className: string, shift: number): SheetRow => ({
  className,
  shift,
  images: 0,
  alarms: 0,
  judgedAlarms: 0,
  falseAlarms: 0,
  judgedPasses: 0,
  misses: 0,
});

/**
 * A sheet for people. The false-alarm rate is a share of all images: alarms that were not judged may be false too, so it is a
 * range from the judged ones alone to all that are not known to be right, each with its 95 % interval.
 */
export function sheetMarkdown(
  rows: readonly SheetRow[],
  { from, to, alpha }: { readonly from: number; readonly to: number; readonly alpha?: number | undefined },
): string {
  const day = (time: number) => new Date(time).toISOString().slice(0, 16).replace('T', ' ');
  const promise =
    alpha === undefined ? '' : `, promised: at most ${percent(alpha)} of good images raise an alarm`;
  return [
    `# ${day(from)} to ${day(to)} UTC${promise}`,
    '',
    '| class | shift from | images | alarms | judged | false alarms | false-alarm rate | others judged | missed | miss rate |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map((row) => {
      const { className, shift, images, alarms, judgedAlarms, falseAlarms, judgedPasses, misses } = row;
      const name = onOneLine(className).replaceAll('|', '\\|');
      return `| ${name} | ${shift}:00 | ${images} | ${alarms} | ${judgedAlarms} | ${falseAlarms} | ${falseAlarmRate(row, alpha)} | ${judgedPasses} | ${misses} | ${share(misses, judgedPasses)} |`;
    }),
    '',
    'Rates have 95 % intervals (Wilson). The miss rate holds only if the judged images without an alarm were chosen at random.',
  ].join('\n');
}

function falseAlarmRate(
  { images, alarms, judgedAlarms, falseAlarms }: SheetRow,
  alpha: number | undefined,
): string {
  const unknown = alarms - judgedAlarms;
  const [low] = binomialInterval(falseAlarms, images);
  const [, high] = binomialInterval(falseAlarms + unknown, images);
  const text = `${percent(low)} to ${percent(high)}`;
  return alpha !== undefined && low > alpha ? `${text}, above the promise` : text;
}

/** A share with its 95 % interval. */
export function share(count: number, total: number): string {
  if (total === 0) return '–';
  const [low, high] = binomialInterval(count, total);
  return `${percent(count / total)} (${percent(low)} to ${percent(high)})`;
}

const percent = (value: number): string => `${Number((100 * value).toPrecision(2))} %`;
