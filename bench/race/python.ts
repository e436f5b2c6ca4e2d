/** Virtual environments of Python for the tools that MINT is compared with, in the user's cache folder. */
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** An environment, and what it is for. */
export interface Environment {
  /** Its folder's name. */
  readonly name: string;
  /** As pip takes them. */
  readonly packages: readonly string[];
  /** A statement that works once they are there. */
  readonly check: string;
  /** An environment whose packages it sees as well. */
  readonly on?: Environment | undefined;
  /** What it takes on the disk, in words. */
  readonly size: string;
}

export const PEERS: Environment = {
  name: 'peers',
  packages: ['torch==2.15.*', 'timm==1.0.*', 'openvino==2026.4.*'],
  check: 'import torch, timm, openvino',
  size: '6 GB with the libraries for graphics cards',
};

/** Without PyTorch. */
export const ENGINES: Environment = {
  name: 'engines',
  packages: ['openvino==2026.4.*', 'onnxruntime==1.*'],
  check: 'import onnxruntime, openvino',
  size: '0.3 GB',
};

export const ANOMALIB: Environment = {
  name: 'anomalib',
  packages: ['anomalib==2.7.*'],
  check: 'from anomalib.models import Padim',
  on: PEERS,
  size: '1.5 GB',
};

const works = (command: string, args: readonly string[]): boolean =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** Where Python looks for packages of an environment. */
const sitePackages = (python: string): string =>
  spawnSync(python, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))'], {
    encoding: 'utf8',
  }).stdout.trim();

/** The environment's Python; it is made at the first call. Undefined, with the reason printed, where that does not work. */
export async function pythonOf(environment: Environment): Promise<string | undefined> {
  const { name, packages, check, on, size } = environment;
  const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'mint', name);
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  if (works(python, ['-c', check])) return python;
  const skipped = (reason: string): undefined => {
    console.log(`${packages.join(', ')}: skipped, ${reason}`);
  };
  const base = ['python3', 'python'].find((command) => works(command, ['-c', 'import venv, ensurepip']));
  if (base === undefined) return skipped('there is no Python with venv here.');
  const under = on && (await pythonOf(on));
  if (on !== undefined && under === undefined) return undefined;
  console.log(`Installing ${packages.join(', ')} in ${folder} (${size}) …`);
  if (!works(base, ['-m', 'venv', folder])) return skipped(`${base} could not make ${folder}.`);
  if (under !== undefined)
    await writeFile(join(sitePackages(python), 'under.pth'), `${sitePackages(under)}\n`);
  if (works(python, ['-m', 'pip', 'install', ...packages])) return python;
  return skipped(`pip could not install them in ${folder}.`);
}

/** The JSON that a script prints last, or undefined, with its errors printed. */
export function runPython<T>(python: string, args: readonly string[]): T | undefined {
  const { stdout, status } = spawnSync(python, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 28,
  });
  return status === 0 ? (JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as T) : undefined;
}
