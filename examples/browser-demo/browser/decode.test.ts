// Images decoded by the browser against Node's: `pnpm --filter @examples/browser-demo test:browser`.
import { fileURLToPath } from 'node:url';
import { decodeImage, type RgbImage } from '@mint/data';
import { chromiumOptions, chromiumPath } from '@mint/test-utils/chromium';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const [WIDTH, HEIGHT] = [97, 61];

/** Noise, which shows a shift by a pixel and every rounding. */
const noise = (channels: 3 | 4) => {
  const data = Uint8Array.from(
    { length: WIDTH * HEIGHT * channels },
    (_, i) => Math.imul(i + 1, 2654435761) >>> 24,
  );
  return sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels } });
};
const grey = () => noise(3).greyscale();

describe.skipIf(chromiumPath === undefined)('an image decoded in a page', () => {
  let browser: Browser;
  let page: Page;
  let code = '';

  beforeAll(async () => {
    const { outputFiles } = await build({
      stdin: {
        contents: "export { decodeInBrowser } from '@mint/image';",
        resolveDir: fileURLToPath(new URL('.', import.meta.url)),
      },
      bundle: true,
      write: false,
      format: 'iife',
      globalName: 'pixels',
      conditions: ['@mint/source'],
    });
    code = outputFiles[0]?.text ?? '';
    browser = await chromium.launch(chromiumOptions);
    page = await browser.newPage();
    await page.evaluate(`${code}; window.pixels = pixels`);
  }, 60_000);
  afterAll(() => browser?.close());

  async function inPage(bytes: Uint8Array): Promise<RgbImage> {
    const base64 = Buffer.from(bytes).toString('base64');
    const { width, height, data } = await page.evaluate<{ width: number; height: number; data: number[] }>(
      `fetch('data:;base64,${base64}').then((r) => r.blob()).then((blob) => pixels.decodeInBrowser(blob, 'x'))
        .then(({ width, height, data }) => ({ width, height, data: [...data] }))`,
    );
    return { width, height, data: Uint8Array.from(data) };
  }

  async function difference(bytes: Uint8Array): Promise<number> {
    const [here, there] = [await decodeImage(bytes, 'x'), await inPage(bytes)];
    expect([there.width, there.height]).toEqual([here.width, here.height]);
    return there.data.reduce((most, v, i) => Math.max(most, Math.abs(v - (here.data[i] ?? 999))), 0);
  }

  test.each<[string, () => Promise<Buffer>]>([
    ['PNG', () => noise(3).png().toBuffer()],
    ['PNG with a palette', () => noise(3).png({ palette: true }).toBuffer()],
    ['grey PNG', () => grey().png().toBuffer()],
    ['PNG of 16 bits', () => noise(3).toColourspace('rgb16').png().toBuffer()],
    ['PNG to be turned', () => noise(3).withMetadata({ orientation: 6 }).png().toBuffer()],
    ['WebP', () => noise(3).webp({ quality: 80 }).toBuffer()],
    ['lossless WebP', () => noise(3).webp({ lossless: true }).toBuffer()],
    ['JPEG', () => noise(3).jpeg().toBuffer()],
    ['JPEG 4:4:4', () => noise(3).jpeg({ chromaSubsampling: '4:4:4' }).toBuffer()],
    ['progressive JPEG', () => noise(3).jpeg({ progressive: true }).toBuffer()],
    ['grey JPEG', () => grey().jpeg().toBuffer()],
    ['JPEG to be turned', () => noise(3).withMetadata({ orientation: 5 }).jpeg().toBuffer()],
  ])('%s: the same bytes as in Node.js', async (_, encode) => {
    expect(await difference(await encode())).toBe(0);
  });

  test.each<[string, () => Promise<Buffer>]>([
    ['partial transparency', () => noise(4).png().toBuffer()],
    ['a colour profile', () => noise(3).withIccProfile('p3').png().toBuffer()],
  ])('%s: within 1 of 255', async (_, encode) => {
    expect(await difference(await encode())).toBeLessThanOrEqual(1);
  });

  test.each(['png', 'jpeg', 'webp'] as const)('a %s cut off is refused, as in Node.js', async (format) => {
    const bytes = await noise(3).toFormat(format).toBuffer();
    await expect(inPage(bytes.subarray(0, 0.9 * bytes.length))).rejects.toThrow(
      /x: this browser cannot read it as an image/,
    );
  });

  test('an image over the limit is refused', async () => {
    const png = (await noise(3).png().toBuffer()).toString('base64');
    const scored = page.evaluate(
      `fetch('data:;base64,${png}').then((r) => r.blob()).then((blob) => pixels.decodeInBrowser(blob, 'x', { maxPixels: 5916 }))`,
    );
    await expect(scored).rejects.toThrow(/x: 97x61 is 5917 pixels, the limit is 5916/);
  });
});
