// The page in a browser, built as for a server: `pnpm --filter @examples/browser-demo test:browser`. MINT_CHROMIUM names the
// browser where it is not in its usual place; MINT_SCREENSHOTS a folder for images of the page.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readBackboneWeights, recogniseBackbone } from '@mint/backbone';
import '@mint/backend-onnx';
import { decodeImage, prepareImage, proceduralDataset, readSample, type Sample } from '@mint/data';
import {
  MintDetector,
  markLimit,
  predictImage,
  predictPrepared,
  preprocessingOf,
  regions,
} from '@mint/detector';
import { tinyVitFile } from '@mint/test-utils';
import { chromiumOptions, chromiumPath, webgpuOptions } from '@mint/test-utils/chromium';
import * as tf from '@tensorflow/tfjs-core';
import axe from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import sharp from 'sharp';
import { build, type PreviewServer, preview } from 'vite';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { smallModel } from './small-model.js';

/** The same model, which looks at large images in tiles. */
function inTiles(model: MintDetector): MintDetector {
  const { config, ...state } = model.toState();
  return MintDetector.fromState({
    ...state,
    config: { ...config, input: { ...config.input, tiles: 'auto' } },
  });
}

/** The same model, whose alarms become reviews: its limits are those of the review, and alarms begin far above them. */
function inBand(model: MintDetector): MintDetector {
  const { calibration, ...state } = model.toState();
  if (calibration === undefined) throw new Error('the model has no limits');
  const thresholds = Object.fromEntries(
    Object.entries(calibration.thresholds).map(([name, { image, pixel, ...rest }]) => [
      name,
      { ...rest, image: 100 * image, pixel: 100 * pixel, review: { image, pixel } },
    ]),
  );
  const band = { ...calibration, alpha: calibration.alpha / 2, reviewAlpha: calibration.alpha, thresholds };
  return MintDetector.fromState({ ...state, calibration: band });
}

/** A detector on a small vision transformer, 16 x 16 tokens, whose weights are stored as float16. */
async function onTransformer(classes: readonly string[], good: readonly Sample[]): Promise<MintDetector> {
  const file = tinyVitFile();
  const { backbone } = recogniseBackbone(file, 'vit.safetensors');
  const weights = readBackboneWeights(file, backbone, 'vit.safetensors');
  return smallModel(classes, good, { backbone, grid: [16, 16] }, weights);
}

const root = fileURLToPath(new URL('..', import.meta.url));

describe.skipIf(chromiumPath === undefined)('the demo', () => {
  let work: string;
  let detector: MintDetector;
  let transformer: MintDetector;
  let server: PreviewServer;
  let browser: Browser;
  let context: BrowserContext;
  let url: string;
  /** Path of each image by its name. */
  const images = new Map<string, string>();
  /** Requests to the server, by pages and service workers alike. */
  let asked: string[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    await tf.setBackend('onnx');
    work = await mkdtemp(join(tmpdir(), 'mint-demo-'));
    const { classes, samples } = proceduralDataset();
    const of = (part: string) => samples.filter(({ split }) => split === part);
    detector = await smallModel(classes, of('train'));
    transformer = await onTransformer(classes, of('train'));
    const chosen = classes.flatMap((name) => {
      const ofClass = of('test').filter(({ className }) => className === name);
      return [false, true].flatMap(
        (good) => ofClass.find(({ label }) => (label === 'normal') === good) ?? [],
      );
    });
    for (const { id, ...sample } of chosen) {
      const name = `${id.replaceAll('/', '-')}.png`;
      const { width, height, data } = (await readSample({ id, ...sample })).image;
      images.set(name, join(work, name));
      // Several sizes, so that images are resized up and down.
      const side = 150 + 40 * images.size;
      await sharp(data, { raw: { width, height, channels: 3 } })
        .resize(side, side + 30, { fit: 'fill' })
        .png()
        .toFile(join(work, name));
    }
    const outDir = join(work, 'dist');
    vi.stubEnv('NODE_ENV', 'production');
    await build({ root, logLevel: 'error', build: { outDir, emptyOutDir: true } });
    vi.unstubAllEnvs();
    // Replaces what scripts/model.ts may have left.
    for (const folder of ['model', 'samples'])
      await rm(join(outDir, folder), { recursive: true, force: true });
    await detector.save(join(outDir, 'model'));
    await inTiles(detector).save(join(outDir, 'tiles'));
    await inBand(detector).save(join(outDir, 'band'));
    await transformer.save(join(outDir, 'transformer'));
    await mkdir(join(outDir, 'samples'));
    await sharp([...images.values()][0]).toFile(join(outDir, 'samples/one.png'));
    await writeFile(
      join(outDir, 'samples/index.json'),
      JSON.stringify([{ file: 'one.png', className: 'capsule', defect: 'hole' }]),
    );
    server = await serve(0);
    url = `http://localhost:${portOf(server)}/`;
    browser = await chromium.launch(chromiumOptions);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    if (work !== undefined) await rm(work, { recursive: true });
  });

  beforeEach(async () => {
    await context?.close();
    context = await browser.newContext({ viewport: { width: 1280, height: 900 }, permissions: ['camera'] });
    [asked, complaints.length] = [[], 0];
  });

  async function serve(port: number): Promise<PreviewServer> {
    const started = await preview({
      root,
      logLevel: 'error',
      build: { outDir: join(work, 'dist') },
      preview: { port, strictPort: port !== 0, host: 'localhost' },
    });
    started.httpServer.prependListener('request', (request: { url?: string }) =>
      asked.push(request.url ?? ''),
    );
    return started;
  }

  const portOf = ({ httpServer }: PreviewServer): number => {
    const address = httpServer.address();
    return typeof address === 'object' ? (address?.port ?? 0) : 0;
  };

  async function open(query = ''): Promise<Page> {
    const page = await context.newPage();
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(url + query);
    return page;
  }
  const ready = (page: Page) => page.locator('#choose:enabled').waitFor();
  const scoreFiles = async (page: Page, paths: string[]) => {
    const before = await page.locator('.result').count();
    await page.locator('#files').setInputFiles(paths);
    await page
      .locator('.result')
      .nth(before + paths.length - 1)
      .waitFor();
  };

  const factsOf = async (result: Locator): Promise<Record<string, string>> => {
    const [terms, values] = [
      await result.locator('dt').allTextContents(),
      await result.locator('dd').allTextContents(),
    ];
    return Object.fromEntries(terms.map((term, i) => [term, values[i] ?? '']));
  };

  /** Score and decision of Node.js for a file. */
  async function inNode(model: MintDetector, path: string) {
    const { prediction } = await predictImage(model, await decodeImage(await readFile(path), path));
    const decision = model.decide(prediction);
    const limit = model.calibration && markLimit(decision, model.calibration);
    const places = limit === undefined ? [] : regions(prediction, limit);
    return { score: prediction.score, ...decision, rings: places.flatMap(({ outline }) => outline).length };
  }

  /** Compares what the page says about images with Node.js. */
  async function compared(page: Page, model: MintDetector, some = [...images]) {
    let furthest = 0;
    const decisions = new Set<string>();
    for (const [name, path] of some) {
      const { score, decision, className = '', p = Number.NaN } = await inNode(model, path);
      const result = page.locator('.result', { has: page.getByRole('heading', { name, exact: true }) });
      const found = Number(await result.getAttribute('data-score'));
      furthest = Math.max(furthest, Math.abs(found - score));
      expect(Math.abs(found - score), name).toBeLessThan(1e-4 * Math.max(1, score));
      expect(await result.getAttribute('data-decision')).toBe(decision);
      expect(await factsOf(result)).toMatchObject({
        Product: className,
        Limit: model.calibration?.thresholds[className]?.image.toPrecision(4),
        'p-value of the score': p.toFixed(3),
      });
      decisions.add(decision);
    }
    return { furthest, decisions };
  }

  test('scores eight images as Node.js does, and requests nothing once it is loaded', async () => {
    const page = await open();
    await ready(page);
    expect(asked.filter((request) => request.includes('.safetensors'))).toHaveLength(1);
    asked = [];
    await scoreFiles(page, [...images.values()]);
    expect(asked).toEqual([]);
    expect(complaints).toEqual([]);
    const { furthest, decisions } = await compared(page, detector);
    expect(decisions).toEqual(new Set(['ok', 'alarm', 'unknown class']));
    console.log(`furthest score from Node's: ${furthest.toExponential(1)}`);
    const news = await page.locator('#news').textContent();
    expect(news).toContain([...images.keys()].at(-1));
  });

  test('a vision transformer with float16 weights scores as in Node.js, by WebAssembly', async () => {
    const page = await open('?model=transformer&device=wasm');
    await ready(page);
    await scoreFiles(page, [...images.values()]);
    const { furthest } = await compared(page, transformer);
    expect(complaints).toEqual([]);
    console.log(`vision transformer by WebAssembly: furthest score from Node's ${furthest.toExponential(1)}`);
  });

  test('a vision transformer scores as in Node.js, by WebGPU', async ({ skip }) => {
    const other = await chromium.launch(webgpuOptions);
    try {
      const page = await other.newPage();
      page.setDefaultTimeout(240_000); // an emulated card compiles slowly
      await page.goto(url);
      const adapter = await page.evaluate<boolean>(
        "(async () => 'gpu' in navigator && (await navigator.gpu.requestAdapter()) !== null)()",
      );
      skip(!adapter, 'skipped: no WebGPU');
      await page.goto(`${url}?model=transformer&device=webgpu`);
      await ready(page);
      expect(await page.locator('body').textContent()).toContain('by WebGPU');
      const two = [...images].slice(0, 2);
      await scoreFiles(
        page,
        two.map(([, path]) => path),
      );
      const { furthest } = await compared(page, transformer, two);
      console.log(`vision transformer by WebGPU: furthest score from Node's ${furthest.toExponential(1)}`);
    } finally {
      await other.close();
    }
  }, 300_000);

  test('scores an image of 12 megapixels in tiles as Node.js does, and goes on drawing meanwhile', async () => {
    const path = join(work, 'large.png');
    const [tile] = images.values();
    await sharp({ create: { width: 4000, height: 3000, channels: 3, background: 'grey' } })
      .composite([{ input: tile, tile: true }])
      .png()
      .toFile(path);
    const page = await open('?model=tiles');
    await ready(page);
    await page.evaluate(`{
      window.shares = new Set();
      window.longestStop = 0;
      let last = performance.now();
      setInterval(() => {
        const now = performance.now();
        window.longestStop = Math.max(window.longestStop, now - last);
        last = now;
        window.shares.add(document.querySelector('#progress').value);
      }, 10);
    }`);
    await page.locator('#files').setInputFiles(path);
    const result = page.locator('.result');
    await result.waitFor({ timeout: 600_000 });
    const { score, decision } = await inNode(inTiles(detector), path);
    expect(Math.abs(Number(await result.getAttribute('data-score')) - score)).toBeLessThan(1e-4 * score);
    expect(await result.getAttribute('data-decision')).toBe(decision);
    expect(await page.evaluate<number>('window.shares.size')).toBeGreaterThan(50);
    expect(await page.locator('#progress').isVisible()).toBe(false);
    // What is drawn is smaller than the image.
    const size = await result.locator('.heat').evaluate((heat: HTMLImageElement) => heat.naturalWidth);
    expect(size).toBe(1200);
    expect(complaints).toEqual([]);
    const stop = await page.evaluate<number>('window.longestStop');
    // Scored on the page, a group of tiles stopped it for seconds.
    expect(stop).toBeLessThan(1500);
    console.log(
      `4000 x 3000 in ${(await factsOf(result)).Time}; the page stopped for at most ${stop.toFixed(0)} ms`,
    );
  }, 900_000);

  test('a second visit does not download the weights', async () => {
    await ready(await open());
    asked = [];
    await ready(await open());
    expect(asked).toContain('/model/model.json');
    expect(asked.filter((request) => request.includes('.safetensors'))).toEqual([]);
  });

  test('works after a reload without a server', async () => {
    const page = await open();
    await ready(page);
    const [path = ''] = images.values();
    await scoreFiles(page, [path]);
    const score = await page.locator('.result').getAttribute('data-score');
    const port = portOf(server);
    await server.close();
    try {
      await page.reload();
      await ready(page);
      await scoreFiles(page, [path]);
      expect(await page.locator('.result').getAttribute('data-score')).toBe(score);
      expect(
        await page.locator('#samples img').evaluate((image: HTMLImageElement) => image.naturalWidth),
      ).toBe(190);
    } finally {
      server = await serve(port);
    }
  });

  test('images cannot leave: the page can only reach its own server', async () => {
    const page = await open();
    await ready(page);
    const blocked = page.evaluate(
      `new Promise((resolve) => {
        addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective));
        fetch('http://127.0.0.1:9/', { method: 'POST', body: 'image' }).catch(() => undefined);
      })`,
    );
    expect(await blocked).toBe('connect-src');
    // Nor can the worker, which gets the images.
    const inWorker = page.workers()[0]?.evaluate<string>(
      `new Promise((resolve) => {
        addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective));
        fetch('http://127.0.0.1:9/', { method: 'POST', body: 'image' }).catch(() => undefined);
      })`,
    );
    expect(await inWorker).toBe('connect-src');
  });

  test('the keyboard alone chooses an image, hides its heat map and clears the list', async () => {
    const page = await open();
    // Requested early, since the browser needs a moment to open the chooser.
    const choosing = page.waitForEvent('filechooser');
    await ready(page);
    const focused = () => page.evaluate(() => document.activeElement?.id);
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('choose');
    const outline = await page.evaluate(
      () => getComputedStyle(document.activeElement ?? document.body).outlineStyle,
    );
    expect(outline).toBe('solid');
    await page.keyboard.press('Enter');
    const chooser = await choosing;
    const [path = ''] = images.values();
    await chooser.setFiles(path);
    await page.locator('.result').waitFor();
    expect(await page.locator('#news').textContent()).toMatch(/\.png: (OK|Alarm|Unknown product)\. Product /);
    const steps: (string | undefined)[] = [];
    while ((await focused()) !== 'heat' && steps.length < 20) {
      await page.keyboard.press('Tab');
      steps.push(await focused());
    }
    expect(steps.slice(0, 2)).toEqual(['camera', 'given']);
    const heat = page.locator('.result .heat');
    expect(await heat.isVisible()).toBe(true);
    await page.keyboard.press('Space');
    expect(await heat.isVisible()).toBe(false);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.locator('.result').count()).toBe(0);
    expect(await focused()).toBe('choose');
  });

  test.each([1280, 390])('fits a window of %d px, and axe finds nothing serious', async (width) => {
    await context.close();
    context = await browser.newContext({ viewport: { width, height: 900 }, permissions: ['camera'] });
    const page = await open();
    await ready(page);
    await scoreFiles(page, [...images.values()].slice(0, 3));
    await page.locator('summary').click();
    await page.locator('#camera').click();
    await page.locator('#shoot').click();
    await page.locator('.result').nth(3).waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    const wide = await page.evaluate(
      (limit) =>
        [...document.querySelectorAll('body *')]
          .filter((element) => element.getBoundingClientRect().right > limit)
          .map((element) => element.outerHTML.slice(0, 80)),
      width,
    );
    expect(wide).toEqual([]);
    await page.evaluate(axe.source);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const { violations } = await page.evaluate<{ violations: axe.Result[] }>('axe.run()');
      expect(
        violations
          .filter(({ impact }) => impact === 'serious' || impact === 'critical')
          .map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)} ${nodes[0]?.failureSummary}`),
      ).toEqual([]);
      const folder = process.env.MINT_SCREENSHOTS;
      if (folder !== undefined)
        await page.screenshot({ path: join(folder, `demo-${width}-${colorScheme}.png`), fullPage: true });
    }
    expect(complaints).toEqual([]);
  });

  test('the camera: a view is scored, and the camera is off again', async () => {
    const page = await open();
    await ready(page);
    await page.locator('#camera').click();
    await page.locator('#shoot').click();
    await page.locator('.result').waitFor();
    expect(await page.locator('.result h3').textContent()).toBe('Camera, image 1');
    expect(Number(await page.locator('.result').getAttribute('data-score'))).toBeGreaterThan(0);
    await page.locator('#stop').click();
    expect(await page.locator('#video').evaluate((video: HTMLVideoElement) => video.srcObject)).toBeNull();
  });

  /** What Node.js says about the first image, looked at within a rectangle given in shares. */
  async function inNodeWithin([left, top, right, bottom]: readonly [number, number, number, number]) {
    const [path = ''] = images.values();
    const image = await decodeImage(await readFile(path), path);
    const interest = [
      [
        [left, top],
        [right, top],
        [right, bottom],
        [left, bottom],
      ],
    ] as const;
    const prepared = prepareImage({ image }, preprocessingOf(detector.config));
    return predictPrepared(detector, { ...prepared, interest });
  }

  test('a region drawn by mouse is looked at until it is taken away', async () => {
    const page = await open();
    await ready(page);
    const [path = ''] = images.values();
    await scoreFiles(page, [path]);
    await page.locator('.draw').click();
    const box = await page.locator('#editor-image').boundingBox();
    if (box === null) throw new Error('the editor is not shown');
    expect(await page.locator('#editor-done').isEnabled()).toBe(false);
    for (const [x, y] of [
      [0.25, 0.25],
      [0.75, 0.25],
      [0.75, 0.75],
      [0.25, 0.75],
    ] as const)
      await page.mouse.click(box.x + x * box.width, box.y + y * box.height);
    expect(await page.locator('#editor-news').textContent()).toMatch(/^Corner 4 at 25 % from the left, 75 %/);
    await page.locator('#editor-undo').click();
    expect(await page.locator('#editor-news').textContent()).toBe('3 corners are left.');
    await page.mouse.click(box.x + 0.25 * box.width, box.y + 0.75 * box.height);
    const folder = process.env.MINT_SCREENSHOTS;
    if (folder !== undefined) await page.screenshot({ path: join(folder, 'demo-editor.png') });
    await page.locator('#editor-done').click();
    await page.locator('.result').nth(1).waitFor();
    const result = page.locator('.result').first();
    expect((await factsOf(result))['Looked at']).toMatch(/^2[45]\.\d %/);
    expect(await result.locator('.outlines .edge').count()).toBe(1);
    const { score } = await inNodeWithin([0.25, 0.25, 0.75, 0.75]);
    expect(Math.abs(Number(await result.getAttribute('data-score')) - score)).toBeLessThan(0.05 * score);
    expect(await page.locator('#drawn').isVisible()).toBe(true);
    // Drawn without lifting, and given up.
    await result.locator('.draw').click();
    await page.mouse.move(box.x + 20, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + 0.9 * box.width, box.y + 20, { steps: 10 });
    await page.mouse.up();
    expect(await page.locator('#editor-news').textContent()).toMatch(/^Corner ([5-9]|1\d) /);
    await page.keyboard.press('Escape');
    expect(await page.locator('#editor').isVisible()).toBe(false);
    await page.locator('#forget').click();
    await scoreFiles(page, [path]);
    expect(await factsOf(page.locator('.result').first())).not.toHaveProperty('Looked at');
    expect(complaints).toEqual([]);
  });

  test('a region drawn by keyboard is the one that Node.js looks at', async () => {
    const page = await open();
    await ready(page);
    const [path = ''] = images.values();
    await scoreFiles(page, [path]);
    await page.locator('.draw').focus();
    await page.keyboard.press('Enter');
    const steps = async (key: string, count: number) => {
      for (let i = 0; i < count; i++) await page.keyboard.press(`Shift+Arrow${key}`);
    };
    await steps('Left', 3);
    await steps('Up', 3);
    await page.keyboard.press('Enter');
    for (const side of ['Right', 'Down', 'Left']) {
      await steps(side, 6);
      await page.keyboard.press('Enter');
    }
    expect(await page.locator('#editor-news').textContent()).toBe(
      'Corner 4 at 20 % from the left, 80 % from the top.',
    );
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('editor-done');
    await page.keyboard.press('Enter');
    await page.locator('.result').nth(1).waitFor();
    const { score } = await inNodeWithin([0.2, 0.2, 0.8, 0.8]);
    const found = Number(await page.locator('.result').first().getAttribute('data-score'));
    expect(Math.abs(found - score)).toBeLessThan(1e-4 * Math.max(1, score));
  });

  test('a region is drawn by touch', async () => {
    await context.close();
    context = await browser.newContext({ viewport: { width: 390, height: 800 }, hasTouch: true });
    const page = await open();
    await ready(page);
    const [path = ''] = images.values();
    await scoreFiles(page, [path]);
    await page.locator('.draw').tap();
    const box = await page.locator('#editor-image').boundingBox();
    if (box === null) throw new Error('the editor is not shown');
    for (const [x, y] of [
      [0.1, 0.1],
      [0.9, 0.1],
      [0.5, 0.9],
    ] as const)
      await page.touchscreen.tap(box.x + x * box.width, box.y + y * box.height);
    expect(await page.locator('#editor-news').textContent()).toMatch(/^Corner 3 at 50 %/);
    await page.locator('#editor-done').tap();
    await page.locator('.result').nth(1).waitFor();
    expect((await factsOf(page.locator('.result').first()))['Looked at']).toMatch(/^3\d\.\d %/);
  });

  test('a model with a review band sends images between its limits to people', async () => {
    const page = await open('?model=band');
    await ready(page);
    expect(await page.locator('#facts').textContent()).toContain('Reviewed or false alarms');
    await scoreFiles(page, [...images.values()]);
    await compared(page, inBand(detector));
    const review = page.locator('.result[data-decision="review"]').first();
    expect(await review.locator('.decision').textContent()).toBe('To review');
    expect(await factsOf(review)).toHaveProperty('Limit for review');
  });

  test('a given product decides which limits apply', async () => {
    const page = await open();
    await ready(page);
    await page.locator('#given').selectOption('weave');
    const [path = ''] = images.values();
    await scoreFiles(page, [path]);
    expect(await factsOf(page.locator('.result'))).toMatchObject({ Product: 'weave' });
  });

  test('dropped images are scored, and a file that is not an image is reported', async () => {
    const page = await open();
    await ready(page);
    await page.evaluate(`{
      const transfer = new DataTransfer();
      transfer.items.add(new File(['no image'], 'notes.txt'));
      dispatchEvent(new DragEvent('drop', { dataTransfer: transfer }));
    }`);
    await page.locator('.result').waitFor();
    expect(await page.locator('.result').textContent()).toMatch(/notes\.txt.*Not scored.*cannot read it/s);
    expect(await page.locator('#news').textContent()).toMatch(/^Not scored: notes\.txt/);
  });

  test('a model that is not there is named', async () => {
    const page = await open('?model=nowhere');
    await page.locator('#status.failed').waitFor();
    expect(await page.locator('#status').textContent()).toContain(`${url}nowhere/model.json: `);
    expect(await page.locator('#status').textContent()).toContain('404');
  });
});
