import { readdir, readFile, statfs } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { type OnnxRuntime, onnxRuntime } from './onnx-runtime.js';

/** The facts of a machine that speed and devices depend on. */
export interface Machine {
  readonly node: string;
  /** Such as `linux 6.1.0 x64`. */
  readonly system: string;
  readonly cpu: {
    readonly model: string;
    /** Threads that this process may use. */
    readonly threads: number;
    /** Vector instructions, where the system lists them: `avx2`, `avx512f`, `neon`, … */
    readonly features: readonly string[];
  };
  /** Bytes. */
  readonly memory: { readonly total: number; readonly available: number };
  /** Bytes free for this user where the command runs. */
  readonly disk: { readonly folder: string; readonly free: number };
  readonly onnxRuntime: OnnxRuntime;
  readonly graphics: {
    /** Files that describe Vulkan drivers (Linux). */
    readonly vulkan: readonly string[];
    /** Version of NVIDIA's driver (Linux). */
    readonly nvidia?: string | undefined;
  };
}

/** Reads the facts; those that a system does not give are left out. */
export async function machine(folder: string): Promise<Machine> {
  const { bavail, bsize } = await statfs(folder);
  const nvidia = /Kernel Module\s+(?:for \S+\s+)?([\d.]+)/.exec(
    await textOf('/proc/driver/nvidia/version'),
  )?.[1];
  return {
    node: process.versions.node,
    system: `${process.platform} ${os.release()} ${process.arch}`,
    cpu: {
      model: os.cpus()[0]?.model.trim() ?? 'unknown',
      threads: os.availableParallelism(),
      features: vectorFeatures(await textOf('/proc/cpuinfo')),
    },
    memory: { total: os.totalmem(), available: os.freemem() },
    disk: { folder, free: bavail * bsize },
    onnxRuntime: onnxRuntime(),
    graphics: { vulkan: await vulkanDrivers(), nvidia },
  };
}

const VECTOR = [
  'sse4_2',
  'avx',
  'avx2',
  'fma',
  'f16c',
  'avx512f',
  'avx512_vnni',
  'avx512_bf16',
  'amx_tile',
  'asimd',
  'sve',
];

/** Vector instructions that Linux lists in `/proc/cpuinfo`, oldest first. */
export function vectorFeatures(cpuinfo: string): string[] {
  const [, listed = ''] = /^(?:flags|Features)\s*:(.*)$/m.exec(cpuinfo) ?? [];
  const all = new Set(listed.trim().split(/\s+/));
  return VECTOR.filter((name) => all.has(name));
}

/** Driver files in the folders that the Vulkan loader searches on Linux, or those that the environment names instead. */
async function vulkanDrivers(): Promise<string[]> {
  if (process.platform !== 'linux') return [];
  const named = process.env.VK_DRIVER_FILES ?? process.env.VK_ICD_FILENAMES;
  if (named !== undefined) return named.split(':');
  const folders = ['/etc/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/usr/share/vulkan/icd.d'];
  const lists = folders.map(async (folder) => {
    const names = await readdir(folder).catch(() => []);
    return names.filter((name) => name.endsWith('.json')).map((name) => join(folder, name));
  });
  return (await Promise.all(lists)).flat();
}

const textOf = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
