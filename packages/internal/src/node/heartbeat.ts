import { Worker } from 'node:worker_threads';
import { BEAT, LEASE } from './claim.js';

/**
 * Writes a claim again and again; what is written stays the same. In a thread: a network may keep the event loop busy for
 * minutes. A file that is gone is not made again. Plain JavaScript, since bundlers know nothing of this thread.
 */
const SOURCE = `
const { parentPort, workerData: { path, text, beat, lease } } = require('node:worker_threads');
const { writeFileSync } = require('node:fs');
let last = performance.now();
const timer = setInterval(() => {
  try {
    writeFileSync(path, text, { flag: 'r+' });
    last = performance.now();
  } catch (error) {
    if (error.code !== 'ENOENT' && performance.now() - last < lease) return;
    clearInterval(timer);
    parentPort.postMessage('lost');
  }
}, beat);
`;

/**
 * Gives signs of life in a claim until it is stopped. Does not keep the process alive.
 *
 * @param onLost - Called once when the claim is gone, or could not be written for so long that others think so.
 * @returns A function that stops it.
 */
export function startHeartbeat(path: string, text: string, onLost: () => void): () => void {
  const worker = new Worker(SOURCE, {
    eval: true,
    execArgv: [],
    workerData: { path, text, beat: BEAT, lease: LEASE },
  });
  worker.unref();
  worker.once('message', onLost);
  return () => {
    worker.off('message', onLost);
    void worker.terminate();
  };
}
