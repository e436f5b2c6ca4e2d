import { appendLog } from '../run-folder/run-log.js';
import type { EveryTrainHook } from './train-events.js';

/**
 * Appends every event as a line of JSON to a file. File and folder are created when missing.
 *
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { consoleLogger, jsonlLogger, tensorboardLogger } from '@mint/trainer';
 *
 * const lines: string[] = [];
 * // For `loggers` of `train`, which calls them:
 * const loggers = [jsonlLogger('run/log.jsonl'), consoleLogger((line) => lines.push(line)), tensorboardLogger('run/tensorboard')];
 * for (const { onEpoch } of loggers) await onEpoch({ step: 134, epoch: 1, epochs: 8, meanLoss: 0.5 });
 * console.log(await readFile('run/log.jsonl', 'utf8')); // {"step":134,"epoch":1,"epochs":8,"meanLoss":0.5}
 * console.log(lines); // [ 'epoch 1 of 8: loss 0.5000' ]
 * ```
 */
export function jsonlLogger(path: string): EveryTrainHook {
  const append = (event: { readonly step: number }) => appendLog(path, event);
  return { onStep: append, onEpoch: append, onEvaluate: append };
}

/**
 * Writes a line for every epoch and every validation.
 *
 * See the example of {@link jsonlLogger}.
 *
 * @param write - Default: `console.log`
 */
export function consoleLogger(
  write: (line: string) => void = console.log,
): Pick<EveryTrainHook, 'onEpoch' | 'onEvaluate'> {
  return {
    onEpoch: ({ epoch, epochs, meanLoss }) =>
      write(`epoch ${epoch} of ${epochs}: loss ${meanLoss.toFixed(4)}`),
    onEvaluate: ({ epoch, score, isBest }) =>
      write(
        `epoch ${epoch}: ${(100 * score).toFixed(1)} % AUROC on synthetic anomalies${isBest ? ', the best so far' : ''}`,
      ),
  };
}
