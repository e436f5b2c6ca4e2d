import type { BatchStatus, FleetStatus, NewBatch } from '@mint/fleet';
import { clock } from '../../shell/progress.js';

const WIDTH = 20;

/** `███████░░░░░`. */
function bar(share: number): string {
  const full = Math.floor(WIDTH * share);
  return '█'.repeat(full) + '░'.repeat(WIDTH - full);
}

/** Where the results of a batch go: a store, a history, or both. */
export const resultsOf = ({ out, settings: { history } }: Pick<NewBatch, 'out' | 'settings'>): string =>
  [out, history].filter((place) => typeof place === 'string').join(', ');

function batchText({
  batch,
  done,
  rate,
  secondsLeft,
  unreadable,
  failed,
  failures,
  isFinished,
}: BatchStatus): string {
  const { id, kind, images, priority } = batch;
  const parts = [
    `${done}/${images} images`,
    isFinished ? 'finished' : `${rate.toFixed(1)}/s`,
    secondsLeft === undefined ? '' : `${clock(secondsLeft)} left`,
    `${unreadable} unreadable`,
    `${failed} jobs failed`,
  ];
  const reasons = new Map<string, number>();
  for (const { reason } of failures) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  return [
    `${id}  ${kind}, ${priority}  ${bar(done / images)}  ${parts.filter((text) => text !== '').join(' · ')}`,
    `  results: ${resultsOf(batch)}`,
    ...[...reasons].map(([reason, count]) => `  failed (${count} of ${failed}): ${reason}`),
  ].join('\n');
}

/** The state of a fleet for people. */
export const statusText = ({ batches, workers, waiting, active }: FleetStatus): string =>
  [
    `${workers.length} workers${workers.length === 0 ? '' : ` (${workers.join(', ')})`} · ${active} jobs at work · ${waiting} waiting`,
    ...batches.map(batchText),
  ].join('\n');
