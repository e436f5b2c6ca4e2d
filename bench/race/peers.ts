/** PyTorch and OpenVINO, run by `peers.py` in a virtual environment of their own. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runPython } from './python.js';

const SCRIPT = join(dirname(fileURLToPath(import.meta.url)), 'peers.py');

/** Medians in milliseconds of the same work. */
export interface PeerTimes {
  /** PyTorch at the fastest of its settings. */
  readonly torch?: number;
  /** That setting. */
  readonly setting?: string;
  readonly openvino_f32?: number;
  readonly openvino_bf16?: number;
}

interface PeerAnswer {
  readonly versions: { readonly torch: string; readonly openvino: string };
  readonly rows: Readonly<Record<string, PeerTimes>>;
}

/** Times of one work of `peers.py`, or undefined, with its error printed. */
export const runPeers = (
  python: string,
  work: string,
  batches: readonly number[],
  repeat: number,
): PeerAnswer | undefined => runPython(python, [SCRIPT, work, batches.join(), `${repeat}`]);
