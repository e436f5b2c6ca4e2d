import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { decodeImage } from '@mint/data';
import { openHistory } from '@mint/history';
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

test('--keep-images keeps a small image and its heat beside decisions, and deletes old ones', async () => {
  const detector = await tinyDetector();
  await detector.save(at('model'));
  detector.dispose();
  await folder.write(['new/a.bmp', bmp(1)], ['new/b.bmp', bmp(2)]);
  // As a nut, each of these images is an alarm.
  const predict = async (record: string, ...flags: string[]) => {
    const common = ['--model', at('model'), '--class', 'nut', '--device', 'onnx'];
    await mintHere(['predict', at('new'), ...common, '--history', at(record), ...flags]);
    const history = await openHistory(at(record));
    const rows = await history.list();
    const kept = await Promise.all(rows.map(({ id }) => history.images(id)));
    await history.close();
    expect(rows.map(({ decision }) => decision)).toEqual(['alarm', 'alarm']);
    return kept;
  };
  for (const which of ['alarms', 'all']) {
    const kept = await predict(`${which}.sqlite`, '--keep-images', which);
    for (const images of kept) {
      expect(images.map(({ kind, type }) => [kind, type])).toEqual([
        ['thumbnail', 'image/png'],
        ['anomaly map', 'image/png'],
      ]);
      const { width, height } = await decodeImage(images[0]?.bytes ?? new Uint8Array(), 'kept');
      expect(Math.max(width, height)).toBeLessThanOrEqual(320);
    }
  }
  expect(await predict('none.sqlite')).toEqual([[], []]);
  // What an earlier run kept is older than this.
  const [first] = await predict('old.sqlite', '--keep-images', 'all');
  expect(first).toHaveLength(2);
  const { out } = await mintHere(['history', 'prune', at('old.sqlite'), '--keep-mb', '0.000001']);
  expect(out).toMatch(/^4 images deleted/);
});

test('an address is recorded without what may be secret', () => {
  expect(recordedName('https://user:word@host/a/b.png?X-Signature=secret#part')).toBe('https://host/a/b.png');
  expect(recordedName('new/what?.png')).toBe('new/what?.png');
});
