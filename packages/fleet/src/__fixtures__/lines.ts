import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { sha256 } from '@mint/internal/node';
import type { Handler } from '../work.js';

/** Names of images that are not there. */
export const images = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `/share/part-${String(i).padStart(6, '0')}.png`);

/** The line that {@link handler} gives for an image: an image with `bad` in its name cannot be read. */
export const lineOf = (picture: string): string =>
  JSON.stringify(
    picture.includes('bad')
      ? { picture, decision: 'unreadable', error: 'not an image' }
      : { picture, decision: 'ok', score: Number.parseInt(sha256(picture).slice(0, 8), 16) / 2 ** 32 },
  );

/** Takes its time for each image. */
export const handler =
  (milliseconds: number): Handler =>
  async ({ items }) => {
    if (milliseconds > 0) await wait(milliseconds * items.length);
    return items.map(lineOf);
  };

/** Lines of a file of results. */
export const linesIn = (folder: string, file = 'results.jsonl'): string[] =>
  readFileSync(join(folder, file), 'utf8').split('\n').slice(0, -1);
