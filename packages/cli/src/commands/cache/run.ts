import { stat } from 'node:fs/promises';
import { MintError } from '@mint/internal';
import { type CacheEntry, listCache, pruneCache, verifyCache } from '@mint/trainer';
import type { CommandContext } from '../../shell/context.js';
import type { CachePruneFlags } from './flags.js';

/** `mint cache ls <folder>`: prints one line per setting. Returns the exit code. */
export async function runCacheLs(folder: string, { print }: CommandContext): Promise<number> {
  const entries = (await listCache(await existing(folder))).toSorted(
    (a, b) => b.lastUsed.getTime() - a.lastUsed.getTime(),
  );
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  const lines = entries.map((entry) =>
    [
      entry.folder,
      `${entry.images} images`,
      `${entry.shards} files`,
      megabytes(entry.bytes),
      `used ${entry.lastUsed.toISOString().slice(0, 10)}`,
      settingOf(entry),
    ].join('\t'),
  );
  print([...lines, `${entries.length} settings, ${megabytes(bytes)}`].join('\n'), { entries, bytes });
  return 0;
}

/** `mint cache verify <folder>`: reads every byte and lists the damaged files. Returns 1 when there are any. */
export async function runCacheVerify(folder: string, { print }: CommandContext): Promise<number> {
  const result = await verifyCache(await existing(folder));
  const { images, damaged } = result;
  const advice = damaged.length === 0 ? '' : '; remove them with mint cache prune';
  const summary = `features of ${images} images are intact, ${damaged.length} files are damaged${advice}`;
  print([...damaged.map(({ reason }) => reason), summary].join('\n'), result);
  return damaged.length === 0 ? 0 : 1;
}

/** `mint cache prune <folder>`: removes files that are of no use. Returns the exit code. */
export async function runCachePrune(
  folder: string,
  { unused }: CachePruneFlags,
  { print }: CommandContext,
): Promise<number> {
  const result = await pruneCache(await existing(folder), unused === undefined ? {} : { unusedDays: unused });
  const { removed, bytes } = result;
  const lines = removed.map((path) => `removed ${path}`);
  print([...lines, `${removed.length} files removed, ${megabytes(bytes)} freed`].join('\n'), result);
  return 0;
}

/** Checks that the folder exists: a mistyped path must not look like an empty cache. */
async function existing(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory()) return folder;
  throw new MintError(
    'NOT_FOUND',
    `${folder}: there is no such folder; expected a feature cache, such as runs/feature-cache.`,
  );
}

/** Describes a setting, such as `f32, efficientnet-b4, 224x224, onnx`, from the fingerprint of its features. */
function settingOf({ fingerprint }: CacheEntry): string {
  const [dtype = '', ...rest] = fingerprint.split(' ');
  const { input, backbone, device } = parse(rest.join(' '));
  const size = isRecord(input) ? `${input.width}x${input.height}` : '?';
  return `${dtype}, ${backboneOf(backbone)}, ${size}, ${device ?? '?'}`;
}

/** `efficientnet-b4`, or `efficientnet-b4+vit`. */
function backboneOf(value: unknown): string {
  if (!isRecord(value)) return '?';
  const { kind, variant, parts } = value;
  return Array.isArray(parts) ? parts.map(backboneOf).join('+') : [kind, variant].filter(Boolean).join('-');
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
