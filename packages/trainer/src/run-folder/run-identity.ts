import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256, writeFileAtomic } from '@mint/internal/node';

/** Everything that must stay the same for a resumed run to equal an uninterrupted one. */
export interface RunIdentity {
  /** Settings of detector and training, and a hash of the backbone's weights; kept as JSON. */
  readonly settings: object;
  /** Content hashes of the images, in order. */
  readonly images: readonly string[];
}

/** One hash for all of it. */
export const runHashOf = ({ settings, images }: RunIdentity): string =>
  sha256(JSON.stringify(settings), ...images);

/** Beside the checkpoints; only read to say why one is refused. */
const NAME = 'run.json';
const HASH_DIGITS = 16;
const MOST_NAMED = 10;

const shortened = ({ settings, images }: RunIdentity) => ({
  settings,
  images: images.map((hash) => hash.slice(0, HASH_DIGITS)),
});

/** Notes what a run is, so that {@link differencesFrom} can tell another one apart. */
export async function writeIdentity(folder: string, identity: RunIdentity): Promise<void> {
  await writeFileAtomic(join(folder, NAME), `${JSON.stringify(shortened(identity))}\n`);
}

/** What differs from the run in a folder, setting by setting, in words; empty where that is not known. */
export async function differencesFrom(folder: string, identity: RunIdentity): Promise<string[]> {
  const before = parse(await readFile(join(folder, NAME), 'utf8').catch(() => ''));
  if (before === undefined) return [];
  const now = parse(JSON.stringify(shortened(identity)));
  const found = [...settingsIn(before.settings, now?.settings, ''), ...imagesIn(before.images, now?.images)];
  const more = found.length - MOST_NAMED;
  return more > 0 ? [...found.slice(0, MOST_NAMED), `and ${more} more`] : found;
}

function parse(text: string): { readonly settings?: unknown; readonly images?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function settingsIn(before: unknown, now: unknown, place: string): string[] {
  if (JSON.stringify(before) === JSON.stringify(now)) return [];
  if (!isRecord(before) || !isRecord(now)) return [`${place} is ${shown(now)}, was ${shown(before)}`];
  const keys = new Set([...Object.keys(before), ...Object.keys(now)]);
  return [...keys].flatMap((key) =>
    settingsIn(before[key], now[key], place === '' ? key : `${place}.${key}`),
  );
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const shown = (value: unknown): string =>
  value === undefined ? 'not set' : JSON.stringify(value).slice(0, 80);

function imagesIn(before: unknown, now: unknown): string[] {
  if (!Array.isArray(before) || !Array.isArray(now)) return [];
  const [old, fresh] = [new Set(before), new Set(now)];
  const added = now.filter((hash) => !old.has(hash)).length;
  const gone = before.filter((hash) => !fresh.has(hash)).length;
  if (added + gone > 0) return [`of the training images ${added} are new and ${gone} are gone`];
  return before.join() === now.join() ? [] : ['the training images come in another order'];
}
