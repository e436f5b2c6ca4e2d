import type { DecisionRecord } from '../record.js';

const START = Date.UTC(2026, 10, 2, 22, 30);
const KINDS = ['ok', 'ok', 'alarm', 'unknown class'] as const;

/** The n-th decision of a line: classes, decisions and models take turns; 7 minutes lie between two. */
export function decision(n: number, changes: Partial<DecisionRecord> = {}): DecisionRecord {
  return {
    time: START + n * 7 * 60_000,
    station: 'line-3',
    imageHash: n.toString(16).padStart(64, '0'),
    source: `part-${n}.png`,
    className: ['bolt', 'nut', 'washer'][n % 3] ?? 'bolt',
    score: n / 10,
    p: 1 / (n + 1),
    decision: KINDS[n % 4] ?? 'ok',
    modelHash: n < 50 ? 'first' : 'second',
    milliseconds: 20 + n,
    ...changes,
  };
}
