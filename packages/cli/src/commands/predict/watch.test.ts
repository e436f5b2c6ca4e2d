import { mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder } from '@mint/test-utils';
import { expect, test } from 'vitest';
import { bmp, png } from '../../__fixtures__/tiny-detector.js';
import { csv, jsonLines, type Row } from './rows.js';
import { appendRows, removeTornRow, watchImages } from './watch.js';

const folder = temporaryFolder();
const row = (picture: string): Row => ({ picture, decision: 'ok', score: 1 });

test.each([
  ['CSV', csv],
  ['JSON Lines', jsonLines],
])(
  'a row of %s that was torn anywhere is removed; those before it stay, and more can follow',
  async (_name, writer) => {
    const path = join(folder.path, 'results');
    // Quotes and a newline in the names: of these, only JSON escapes the newline.
    await appendRows(path, writer, [row('a\n"b".png'), row('c.png')]);
    const whole = await readFile(path, 'utf8');
    await appendRows(path, writer, [row('d,"\ne".png')]);
    const all = await readFile(path, 'utf8');
    for (let length = whole.length; length <= all.length; length++) {
      await folder.write(['results', all.slice(0, length)]);
      await removeTornRow(path, writer);
      expect(await readFile(path, 'utf8')).toBe(length === all.length ? all : whole);
    }
    await folder.write(['results', all.slice(0, -3)]);
    await removeTornRow(path, writer);
    await appendRows(path, writer, [row('d,"\ne".png')]);
    expect(await readFile(path, 'utf8')).toBe(all);
  },
);

test('a torn header is written again, and a missing file is no error', async () => {
  const path = join(folder.path, 'results');
  await removeTornRow(path, csv);
  await folder.write(['results', 'picture,sc']);
  await removeTornRow(path, csv);
  await appendRows(path, csv, [row('a.png')]);
  expect(await readFile(path, 'utf8')).toBe(`${csv.header}\n${csv.line(row('a.png'))}\n`);
});

test('links are followed, but not in circles and not to results', async () => {
  const at = (path: string) => join(folder.path, path);
  await folder.write(['in/a.bmp', bmp(1)], ['elsewhere/b.bmp', bmp(2)], ['results/0000_a.bmp.png', png()]);
  await mkdir(at('in/sub'));
  await symlink(at('in'), at('in/sub/up'));
  await symlink('.', at('in/itself'));
  await symlink(at('elsewhere'), at('in/other'));
  await symlink(at('results'), at('in/results'));
  const stop = new AbortController();
  const queue = await watchImages([at('in')], stop.signal);
  const found: string[] = [];
  while (found.length < 2) found.push(...((await queue.take(10)) ?? []));
  // What would come too much comes at the same time.
  await sleep(1000);
  stop.abort();
  for (let more = await queue.take(10); more !== undefined; more = await queue.take(10)) found.push(...more);
  expect(found.sort()).toEqual([at('in/a.bmp'), at('in/other/b.bmp')]);
});
