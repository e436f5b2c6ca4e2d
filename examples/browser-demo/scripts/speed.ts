// A model in Chromium, by the page's own engine and by onnxruntime-web on the exported file, both in WebAssembly with SIMD and threads:
//
//     npx pnpm --filter @examples/browser-demo run speed <model folder>
//
// Prints medians in milliseconds of one image, what the start takes, and the largest difference of maps. Says "skipped" without a browser.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exportOnnx } from '@mint/backend-onnx';
import { MintDetector } from '@mint/detector';
import { chromiumOptions, chromiumPath } from '@mint/test-utils/chromium';
import * as tf from '@tensorflow/tfjs-core';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';

const SITE = 'http://localhost';
const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};
// Without these a page gets no threads.
const HEADERS = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};
const require = createRequire(import.meta.url);

/** What the page measures; it is bundled, with the libraries by name. */
const IN_PAGE = `
import { MintDetector } from '@mint/detector';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import * as ort from 'onnxruntime-web/wasm';
const THREADS = navigator.hardwareConcurrency;
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
async function timed(run) {
  const start = performance.now();
  await run();
  const first = performance.now() - start;
  const times = [];
  while (times.length < 12) {
    const began = performance.now();
    await run();
    times.push(performance.now() - began);
  }
  return { first, median: median(times.slice(2)) };
}
const pixels = ({ width, height }) => Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7919) % 251);
export async function page() {
  const start = performance.now();
  setWasmPaths('/tfjs/');
  setThreadsCount(THREADS);
  await tf.setBackend('wasm');
  const detector = await MintDetector.fromUrl('/model/');
  const loaded = performance.now() - start;
  const { width, height } = detector.config.input;
  let map;
  const times = await timed(async () => {
    const images = tf.tensor4d(pixels(detector.config.input), [1, height, width, 3], 'int32');
    const result = tf.tidy(() => detector.score(detector.features(images)));
    map = await result.map.data();
    tf.dispose([images, { ...result }]);
  });
  return { loaded, ...times, threads: crossOriginIsolated ? THREADS : 1, map: [...map] };
}
export async function onnxWeb([width, height]) {
  ort.env.wasm.wasmPaths = '/ort/';
  ort.env.wasm.numThreads = THREADS;
  const start = performance.now();
  const session = await ort.InferenceSession.create('/detector.onnx');
  const loaded = performance.now() - start;
  let map;
  const times = await timed(async () => {
    const images = new ort.Tensor('uint8', pixels({ width, height }), [1, height, width, 3]);
    map = (await session.run({ images })).map.data;
  });
  return { loaded, ...times, map: [...map] };
}`;

interface Measured {
  readonly loaded: number;
  readonly first: number;
  readonly median: number;
  readonly map: readonly number[];
  readonly threads?: number;
}

const folder = process.argv[2];
if (folder === undefined) throw new Error('speed <model folder>');
if (chromiumPath === undefined) process.exit(0);

await tf.setBackend('onnx');
const detector = await MintDetector.load(folder);
const { width, height } = detector.config.input;
const score = ({ images }: { images: tf.Tensor4D }) => ({ ...detector.score(detector.features(images)) });
const example = { images: tf.zeros<tf.Rank.R4>([1, height, width, 3], 'int32') };
const onnx = await exportOnnx(score, example, { uint8: ['images'] });
const { outputFiles } = await build({
  stdin: { contents: IN_PAGE, resolveDir: dirname(fileURLToPath(import.meta.url)) },
  bundle: true,
  write: false,
  format: 'iife',
  globalName: 'speed',
  conditions: ['@mint/source'],
});

const FOLDERS: Readonly<Record<string, string>> = {
  model: folder,
  tfjs: dirname(require.resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm')),
  ort: dirname(require.resolve('onnxruntime-web/wasm')),
};

/** What the page asks for, from memory or the disk. */
async function fileOf(path: string): Promise<Uint8Array | string> {
  if (path === '/') return '<!doctype html><script src="/speed.js"></script>';
  if (path === '/speed.js') return outputFiles[0]?.text ?? '';
  if (path === '/detector.onnx') return onnx;
  const [, name = '', file = ''] = path.split('/');
  return readFile(join(FOLDERS[name] ?? folder ?? '', file));
}

const browser = await chromium.launch(chromiumOptions);
try {
  const context = await browser.newContext();
  await context.route('**/*', async (route) => {
    const { pathname } = new URL(route.request().url());
    const body = await fileOf(pathname).catch(() => undefined);
    if (body === undefined) return route.fulfill({ status: 404 });
    const contentType =
      pathname === '/' ? 'text/html' : (TYPES[extname(pathname)] ?? 'application/octet-stream');
    return route.fulfill({
      headers: HEADERS,
      contentType,
      body: typeof body === 'string' ? body : Buffer.from(body),
    });
  });
  const measured: Measured[] = [];
  // Each in a page of its own, so that neither finds the other's threads.
  for (const call of ['speed.page()', `speed.onnxWeb([${width}, ${height}])`]) {
    const page = await context.newPage();
    await page.goto(SITE);
    measured.push(await page.evaluate<Measured>(call));
    await page.close();
  }
  const [ours, theirs] = measured as [Measured, Measured];
  const scale = Math.max(...theirs.map);
  const worst = ours.map.reduce(
    (most, v, i) => Math.max(most, Math.abs(v - (theirs.map[i] ?? Number.NaN))),
    0,
  );
  const line = ({ loaded, first, median }: Measured) =>
    `start ${loaded.toFixed(0)} ms, first image ${first.toFixed(0)}, then ${median.toFixed(1)} an image`;
  console.log(
    `${browser.version()}, ${ours.threads} threads\nMINT on wasm: ${line(ours)}\nonnxruntime-web: ${line(theirs)}`,
  );
  console.log(
    `MINT / onnxruntime-web: ${(ours.median / theirs.median).toFixed(2)}; maps within ${(worst / scale).toExponential(1)}`,
  );
} finally {
  await browser.close();
  detector.dispose();
}
