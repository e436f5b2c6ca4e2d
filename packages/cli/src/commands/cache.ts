import { type CacheEntry, listCache, pruneCache, verifyCache } from '@mint/trainer';
import type { Command } from 'commander';
import type { CommandContext } from '../context.js';
import { count } from '../flags.js';

export interface CachePruneFlags {
  readonly unused?: number;
}

/** Adds `mint cache`. */
export function addCache(program: Command, { onExit }: CommandContext): void {
  const caches = program.command('cache').description('Look after a folder of computed features.');
  caches
    .command('ls')
    .description('List what is in it, the last used first.')
    .argument('<folder>', 'feature cache, such as runs/feature-cache')
    .action(async (folder: string) => onExit(await runCacheLs(folder)));
  caches
    .command('verify')
    .description('Read every byte and name damaged files. Exit code 1 when there are any.')
    .argument('<folder>', 'feature cache, such as runs/feature-cache')
    .action(async (folder: string) => onExit(await runCacheVerify(folder)));
  caches
    .command('prune')
    .description('Remove damaged files and what killed processes left.')
    .argument('<folder>', 'feature cache, such as runs/feature-cache')
    .option('--unused <days>', 'also features of settings that were not used for so many days', count)
    .addHelpText('after', '\nExample:\n  mint cache prune runs/feature-cache --unused 30')
    .action(async (folder: string, flags: CachePruneFlags) => onExit(await runCachePrune(folder, flags)));
}

/** `mint cache ls <folder>`: a line for each setting. Returns the exit code. */
export async function runCacheLs(folder: string): Promise<number> {
  const entries = await listCache(folder);
  for (const entry of entries.toSorted((a, b) => b.lastUsed.getTime() - a.lastUsed.getTime())) {
    const { pictures, shards, bytes, lastUsed } = entry;
    const cells = [
      entry.folder,
      `${pictures} pictures`,
      `${shards} files`,
      megabytes(bytes),
      `used ${lastUsed.toISOString().slice(0, 10)}`,
      settingOf(entry),
    ];
    process.stdout.write(`${cells.join('\t')}\n`);
  }
  const total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  process.stdout.write(`${entries.length} settings, ${megabytes(total)}\n`);
  return 0;
}

/** `mint cache verify <folder>`: reads every byte and names what is damaged. Returns 1 when anything is. */
export async function runCacheVerify(folder: string): Promise<number> {
  const { pictures, damaged } = await verifyCache(folder);
  for (const { reason } of damaged) process.stdout.write(`${reason}\n`);
  process.stdout.write(
    `features of ${pictures} pictures are whole, ${damaged.length} files are damaged${damaged.length === 0 ? '' : '; remove them with mint cache prune'}\n`,
  );
  return damaged.length === 0 ? 0 : 1;
}

/** `mint cache prune <folder>`: removes what is of no use. Returns the exit code. */
export async function runCachePrune(folder: string, { unused }: CachePruneFlags): Promise<number> {
  const { removed, bytes } = await pruneCache(folder, unused === undefined ? {} : { unusedDays: unused });
  for (const path of removed) process.stdout.write(`removed ${path}\n`);
  process.stdout.write(`${removed.length} files removed, ${megabytes(bytes)} freed\n`);
  return 0;
}

/** `f32, efficientnet-b4, 224x224` from the text that the features depend on. */
function settingOf({ fingerprint }: CacheEntry): string {
  const [dtype = '', ...rest] = fingerprint.split(' ');
  const { input, backbone, device } = parse(rest.join(' '));
  const size = isRecord(input) ? `${input.width}x${input.height}` : '?';
  const name = isRecord(backbone) ? [backbone.kind, backbone.variant].filter(Boolean).join('-') : '?';
  return `${dtype}, ${name}, ${size}, ${device ?? '?'}`;
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
