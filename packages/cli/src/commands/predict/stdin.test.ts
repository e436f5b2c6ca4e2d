import { expect, test } from 'vitest';
import { bmp, png } from '../../__fixtures__/tiny-detector.js';
import { readStdin } from './stdin.js';

/** What is read from standard input with this content, in parts: an image's name and size in bytes, or names. */
async function read(content: string | Uint8Array) {
  const bytes = Buffer.from(content);
  const input = await readStdin({
    isTTY: false,
    async *[Symbol.asyncIterator]() {
      for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
    },
  });
  return 'read' in input ? [input.name, (await input.read()).length] : input;
}

test('the bytes of an image, damaged ones too', async () => {
  const image = bmp(1);
  expect(await read(image)).toEqual(['-', image.length]);
  expect(await read(image.subarray(20))).toEqual(['-', image.length - 20]);
  expect(await read('P2\n1 1\n9\n3\n')).toEqual(['-', 11]);
});

test('an image as text: base64 in lines, or a data URL', async () => {
  const image = png();
  const base64 = image.toString('base64');
  const lines = base64.replaceAll(/.{76}/g, '$&\n');
  expect(await read(`${lines}\n`)).toEqual(['-', image.length]);
  expect(await read(`data:image/png;base64,${base64}\n`)).toEqual(['-', image.length]);
});

test('names, one per line or ended by 0 bytes', async () => {
  expect(await read('a.png\r\nin/b c.png\n\n')).toEqual(['a.png', 'in/b c.png']);
  expect(await read('\ufeffé/良.png')).toEqual(['é/良.png']);
  expect(await read('a\nb.png\0c.png\0')).toEqual(['a\nb.png', 'c.png']);
  expect(await read('https://x.example/1.png\nhttps://x.example/2.png')).toHaveLength(2);
});

test('nothing, and a terminal, are refused', async () => {
  await expect(read('')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  await expect(readStdin({ isTTY: true, async *[Symbol.asyncIterator]() {} })).rejects.toThrow(
    'standard input is a terminal; expected an image',
  );
});
