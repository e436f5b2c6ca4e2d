import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@mint/test-utils';
import { expect, test } from 'vitest';
import { csv, jsonLines, type Row } from './rows.js';
import { appendRows, removeTornRow } from './watch.js';

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
