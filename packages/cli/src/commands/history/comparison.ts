import type { Comparison, RecordedDecision } from '@mint/history';
import { onOneLine } from '@mint/internal';
import { share } from './sheet.js';

/** What one of two models made of the same images. */
interface Side {
  alarms: number;
  /** Alarms for images that people judged good. */
  falseAlarms: number;
  /** Images without an alarm that people judged defective. */
  misses: number;
}

/** Two models and one class. */
export interface ComparisonRow {
  readonly className: string;
  readonly model: string;
  readonly shadow: string;
  images: number;
  /** Images about which both decided alike: an alarm, or none. */
  alike: number;
  judgedGood: number;
  judgedDefective: number;
  readonly byModel: Side;
  readonly byShadow: Side;
}

const isAlarm = (decision: RecordedDecision): boolean => decision === 'alarm' || decision === 'unknown class';

/** Sums up counts by class and pair of models. `not sure` counts as not judged. */
export function comparisonsOf(rows: readonly Comparison[]): ComparisonRow[] {
  const found = new Map<string, ComparisonRow>();
  for (const { className = '–', model, shadow, decision, shadowDecision, verdict, count } of rows) {
    const key = JSON.stringify([className, model, shadow]);
    const side = (): Side => ({ alarms: 0, falseAlarms: 0, misses: 0 });
    const none = { images: 0, alike: 0, judgedGood: 0, judgedDefective: 0 };
    const row = found.get(key) ?? { className, model, shadow, ...none, byModel: side(), byShadow: side() };
    found.set(key, row);
    row.images += count;
    if (isAlarm(decision) === isAlarm(shadowDecision)) row.alike += count;
    if (verdict === 'good') row.judgedGood += count;
    if (verdict === 'defective') row.judgedDefective += count;
    for (const [made, own] of [
      [decision, row.byModel],
      [shadowDecision, row.byShadow],
    ] as const) {
      if (isAlarm(made)) own.alarms += count;
      if (isAlarm(made) && verdict === 'good') own.falseAlarms += count;
      if (!isAlarm(made) && verdict === 'defective') own.misses += count;
    }
  }
  return [...found.values()];
}

/** A table of comparisons. Rates are of the images that people judged good, or defective. */
export function comparisonMarkdown(rows: readonly ComparisonRow[]): string {
  if (rows.length === 0)
    return 'No image was scored by two models; mint serve --models … --shadow <name>/<version> does it.';
  const lines = rows.flatMap(({ className, model, shadow, byModel, byShadow, ...row }) =>
    (
      [
        [model, byModel],
        [`${shadow} (shadow)`, byShadow],
      ] as const
    ).map(([name, { alarms, falseAlarms, misses }]) => [
      onOneLine(className),
      onOneLine(name),
      String(row.images),
      `${Math.round((100 * row.alike) / row.images)} %`,
      String(alarms),
      `${falseAlarms} of ${row.judgedGood}: ${share(falseAlarms, row.judgedGood)}`,
      `${misses} of ${row.judgedDefective}: ${share(misses, row.judgedDefective)}`,
    ]),
  );
  const head = ['class', 'model', 'images', 'decided alike', 'alarms', 'false alarms', 'misses'];
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...lines.map(line)].join('\n');
}
