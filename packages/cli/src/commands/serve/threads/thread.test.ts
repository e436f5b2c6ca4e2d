import { createHash } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { bmp } from '../../../__fixtures__/tiny-detector.js';
import type { ReadImage, Upload } from '../scoring/engine.js';
import type { ReadOptions } from '../scoring/read-upload.js';
import { createThread, type Thread, type ThreadOptions } from './thread.js';

/** Threads are started from sources. */
const SLOW = 300_000;

const data: ReadOptions = { preprocessing: { width: 8, height: 8, filter: 'bilinear' }, maxPixels: 10_000 };
let thread: Thread<Upload, ReadImage>;
const start = (limits?: ThreadOptions['limits']) => {
  thread = createThread('read', { data, limits, say: () => {} });
};
afterEach(() => thread.close());

const read = (bytes: Uint8Array) => {
  const upload = { name: 'a', bytes: Uint8Array.from(bytes) };
  return { upload, answer: thread.call(upload, [upload.bytes.buffer]) };
};

test('moves files in and pixels out, keeps the codes of errors, and starts again after it has ended', {
  timeout: SLOW,
}, async () => {
  start();
  const first = read(bmp(1));
  expect(first.upload.bytes.length).toBe(0); // it is gone here
  const { image, hash } = await first.answer;
  expect(image.image).toMatchObject({ width: 8, height: 8 });
  expect(image.image.data).toHaveLength(8 * 8 * 3);
  expect(hash).toBe(createHash('sha256').update(bmp(1)).digest('hex'));
  await expect(read(new Uint8Array(3)).answer).rejects.toMatchObject({ code: 'UNREADABLE_IMAGE' });

  const pending = expect(read(bmp(2)).answer).rejects.toMatchObject({
    code: 'COMPUTE_FAILED',
    message: "the thread 'read' of the server has ended: the server is closing.",
  });
  await thread.close();
  await pending;
  expect((await read(bmp(1)).answer).image.image.data).toEqual(image.image.data);
});

test('a thread that runs out of memory fails its calls, not the process', { timeout: SLOW }, async () => {
  start({ maxOldGenerationSizeMb: 2 });
  await expect(read(bmp(1)).answer).rejects.toMatchObject({
    code: 'COMPUTE_FAILED',
    message: expect.stringMatching(/memory/),
  });
});
