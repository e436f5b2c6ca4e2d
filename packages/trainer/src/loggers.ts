import { appendLog } from './run-log.js';
import type { TrainHooks } from './train-events.js';

/** Appends every event as a line of JSON. */
export function jsonlLogger(path: string): Required<TrainHooks> {
  const append = (event: { readonly step: number }) => appendLog(path, event);
  return { onStep: append, onEpoch: append, onEvaluate: append };
}

/** Writes a line for every epoch and every validation. @param write - Default: `console.log` */
export function consoleLogger(
  write: (line: string) => void = console.log,
): Required<Pick<TrainHooks, 'onEpoch' | 'onEvaluate'>> {
  return {
    onEpoch: ({ epoch, epochs, meanLoss }) =>
      write(`epoch ${epoch} of ${epochs}: loss ${meanLoss.toFixed(4)}`),
    onEvaluate: ({ epoch, score, isBest }) =>
      write(
        `epoch ${epoch}: ${(100 * score).toFixed(1)} % AUROC on made-up defects${isBest ? ', the best so far' : ''}`,
      ),
  };
}
