/** PyTorch and OpenVINO, run by `peers.py` in a virtual environment of their own. */
import { spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGES = ['torch==2.15.*', 'timm==1.0.*', 'openvino==2026.4.*'];
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

const works = (command: string, args: readonly string[]): boolean =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** The environment's Python; it is made at the first call. Undefined, with the reason printed, where that does not work. */
export async function peerPython(): Promise<string | undefined> {
  const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'mint', 'peers');
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  if (works(python, ['-c', 'import torch, timm, openvino'])) return python;
  const base = ['python3', 'python'].find((name) => works(name, ['-c', 'import venv, ensurepip']));
  if (base === undefined) {
    console.log('PyTorch and OpenVINO are skipped: there is no Python with venv here.');
    return undefined;
  }
  console.log(
    `Installing ${PACKAGES.join(', ')} in ${folder} (6 GB with the libraries for graphics cards) …`,
  );
  const made = works(base, ['-m', 'venv', folder]) && works(python, ['-m', 'pip', 'install', ...PACKAGES]);
  if (made) return python;
  await rm(folder, { recursive: true, force: true });
  console.log('PyTorch and OpenVINO are skipped: pip could not install them.');
  return undefined;
}

/** Times of one work of `peers.py`, or undefined, with its error printed. */
export function runPeers(
  python: string,
  work: string,
  batches: readonly number[],
  repeat: number,
): PeerAnswer | undefined {
  const { stdout, status } = spawnSync(python, [SCRIPT, work, batches.join(), `${repeat}`], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return status === 0 ? (JSON.parse(stdout) as PeerAnswer) : undefined;
}
