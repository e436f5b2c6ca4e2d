import { type CacheEntry, listCache, pruneCache, verifyCache } from '@mint/trainer';
import type { Command } from 'commander';
import type { CommandContext } from '../context.js';
import { count, examples } from '../flags.js';

export interface CachePruneFlags {
  readonly unused?: number;
}

/** Adds `mint cache`. */
export function addCache(program: Command, context: CommandContext): void {
  const caches = program.command('cache').description('Look after a folder of computed features.');
  caches
    .command('ls')
    .description('List what is in it, the last used first.')
    .argument('<folder>', 'feature cache, such as runs/feature-cache')
    .addHelpText('after', examples('mint cache ls runs/feature-cache'))
    .action(async (folder: string) => context.onExit(await runCacheLs(folder, context)));
  caches
    .command('verify')
    .description('Read every byte and name damaged files. Exit code 1 when there are any.')
    .argument('<folder>', 'feature cache, such as runs/feature-cache')
    .addHelpText('after', examples('mint cache verify runs/feature-cache'))
    .action(async (folder: string) => context.onExit(await runCacheVerify(folder, context)));
  caches
    .command('prune')
    .description('Remove damaged files and what killed processes left.')
    .argument('<folder>', 'feature cache, such as runs/feature-cache')
    .option('--unused <days>', 'also features of settings that were not used for so many days', count)
    .addHelpText(
      'after',
      examples('mint cache prune runs/feature-cache', 'mint cache prune runs/feature-cache --unused 30'),
    )
    .action(async (folder: string, flags: CachePruneFlags) =>
      context.onExit(await runCachePrune(folder, flags, context)),
    );
}

/** `mint cache ls <folder>`: a line for each setting. Returns the exit code. */
export async function runCacheLs(folder: string, { print }: CommandContext): Promise<number> {
  const entries = (await listCache(folder)).toSorted((a, b) => b.lastUsed.getTime() - a.lastUsed.getTime());
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  const lines = entries.map((entry) =>
    [
      entry.folder,
      `${entry.pictures} pictures`,
      `${entry.shards} files`,
      megabytes(entry.bytes),
      `used ${entry.lastUsed.toISOString().slice(0, 10)}`,
      settingOf(entry),
    ].join('\t'),
  );
  print([...lines, `${entries.length} settings, ${megabytes(bytes)}`].join('\n'), { entries, bytes });
  return 0;
}

/** `mint cache verify <folder>`: reads every byte and names what is damaged. Returns 1 when anything is. */
export async function runCacheVerify(folder: string, { print }: CommandContext): Promise<number> {
  const result = await verifyCache(folder);
  const { pictures, damaged } = result;
  const advice = damaged.length === 0 ? '' : '; remove them with mint cache prune';
  const verdict = `features of ${pictures} pictures are whole, ${damaged.length} files are damaged${advice}`;
  print([...damaged.map(({ reason }) => reason), verdict].join('\n'), result);
  return damaged.length === 0 ? 0 : 1;
}

/** `mint cache prune <folder>`: removes what is of no use. Returns the exit code. */
export async function runCachePrune(
  folder: string,
  { unused }: CachePruneFlags,
  { print }: CommandContext,
): Promise<number> {
  const result = await pruneCache(folder, unused === undefined ? {} : { unusedDays: unused });
  const { removed, bytes } = result;
  const lines = removed.map((path) => `removed ${path}`);
  print([...lines, `${removed.length} files removed, ${megabytes(bytes)} freed`].join('\n'), result);
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
