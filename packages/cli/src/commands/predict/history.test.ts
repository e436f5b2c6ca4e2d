import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { temporaryFolder } from '@mint/test-utils';
import { expect, test } from 'vitest';
import { mintHere } from '../../__fixtures__/run.js';
import { bmp, png, tinyDetector } from '../../__fixtures__/tiny-detector.js';
import { recordedName } from './inline.js';

const folder = temporaryFolder();
const at = (path: string) => join(folder.path, path);

test('--history records every row, an unreadable image among them', async () => {
  const detector = await tinyDetector();
  await detector.save(at('model'));
  detector.dispose();
  const broken = png().subarray(0, 100);
  await folder.write(['new/a.bmp', bmp(1)], ['new/b.png', broken], ['new/c.bmp', bmp(3)]);
  const { code, out } = await mintHere([
    ...['predict', at('new'), '--model', at('model'), '--format', 'json'],
    ...['--history', at('line-3.sqlite'), '--station', 'line-3'],
  ]);
  expect(code).toBe(1);
  const rows = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const recorded = JSON.parse((await mintHere(['history', 'list', at('line-3.sqlite'), '--json'])).out);
  const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  expect(recorded.toReversed()).toEqual(
    [bmp(1), broken, bmp(3)].map((bytes, i) =>
      expect.objectContaining({
        source: rows[i].picture,
        imageHash: hash(bytes),
        decision: rows[i].decision,
        station: 'line-3',
        ...(rows[i].score === undefined
          ? {}
          : { score: rows[i].score, className: rows[i].class, p: rows[i].p }),
      }),
    ),
  );
  // Before the model is loaded or an image is read.
  await expect(
    mintHere(['predict', at('new'), '--model', at('model'), '--history', at('nowhere/x.sqlite')]),
  ).rejects.toThrow(expect.objectContaining({ code: 'UNAVAILABLE' }));
});

test('an address is recorded without what may be secret', () => {
  expect(recordedName('https://user:word@host/a/b.png?X-Signature=secret#part')).toBe('https://host/a/b.png');
  expect(recordedName('new/what?.png')).toBe('new/what?.png');
});
