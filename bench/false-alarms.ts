/**
 * Do the thresholds of a model keep their promise? Counts false alarms on good test images, and feeds the drift monitor streams
 * with and without a change of light:
 *
 *     pnpm --filter bench false-alarms <model folder> <data set folder | procedural>
 *
 * `procedural` makes 120 good images per class that no run has seen (seed 1000).
 */
import { loadMvtec, loadSample, proceduralDataset, Random, type Sample } from '@mint/data';
import {
  brightnessOf,
  conformalThreshold,
  createDriftMonitor,
  MintDetector,
  type NormalScores,
  type Prediction,
  preprocessingOf,
} from '@mint/detector';
import { binomialInterval } from '@mint/metrics';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import '@mint/backend-onnx';

const BATCH = 8;
const SPLITS = 10_000;
const STREAMS = 10_000;
const ORDERS = 100;
const LIGHT = 1.1;
const DELTA = 0.01;
const WATCHED = ['score', 'strangeness', 'brightness'] as const;

const [folder = '', root = ''] = process.argv.slice(2);
await tf.setBackend('onnx');
const detector = await MintDetector.load(folder);
const { calibration, config } = detector;
if (calibration === undefined) throw new Error(`${folder} has no calibration`);
const { alpha } = calibration;
const dataset =
  root === 'procedural'
    ? proceduralDataset({ seed: 1000, testGoodPerClass: 120, trainPerClass: 1, defectsPerClass: 0 })
    : await loadMvtec(root, { classes: config.classes });
const began = performance.now();

type Scored = Prediction & { readonly brightness: number };

/** Good test images of a class, scored as they are, or in other light. */
async function predictions(className: string, light: number): Promise<Scored[]> {
  const samples = dataset.samples.filter(
    (s) => s.className === className && s.split === 'test' && s.label === 'normal',
  );
  const results: Scored[] = [];
  for (let at = 0; at < samples.length; at += BATCH) {
    const batch = samples.slice(at, at + BATCH);
    const loaded = await Promise.all(batch.map((s: Sample) => loadSample(s, preprocessingOf(config))));
    const pixels = loaded.flatMap(({ image }) =>
      [...image.data].map((v) => Math.min(255, Math.round(light * v))),
    );
    const images = tf.tensor4d(pixels, [batch.length, config.input.height, config.input.width, 3], 'int32');
    const predicted = await detector.predict(images);
    images.dispose();
    const bytes = pixels.length / batch.length;
    results.push(
      ...predicted.map((p, i) => ({
        ...p,
        anomalyMap: new Float32Array(0),
        brightness: brightnessOf(Uint8Array.from(pixels.slice(i * bytes, (i + 1) * bytes))),
      })),
    );
  }
  return results;
}

const percent = (part: number, whole: number) => {
  if (whole === 0) return '–';
  const [low, high] = binomialInterval(part, whole).map((rate) => (100 * rate).toFixed(1));
  return `${((100 * part) / whole).toFixed(1)} % (${low}–${high})`;
};
const row = (...cells: unknown[]) => console.log(`| ${cells.join(' | ')} |`);

/** Mean false-alarm rate when held-out and test images of a class are dealt again: exchangeable by construction. */
function dealtAgain(heldOut: readonly number[], tests: readonly number[], random: Random): string {
  const all = [...heldOut, ...tests];
  let alarms = 0;
  for (let split = 0; split < SPLITS; split++) {
    random.shuffle(all);
    const limit = conformalThreshold(all.slice(0, heldOut.length), alpha);
    if (limit === undefined) return '–';
    if ((all[heldOut.length] as number) > limit) alarms += 1;
  }
  return percent(alarms, SPLITS);
}

/** How many orders of a stream raise the drift alarm, and after how many images at the median of those. */
function drift(heldOut: readonly number[], stream: readonly number[], random: Random): string {
  if (heldOut.length === 0) return '–';
  const values = [...stream];
  const delays: number[] = [];
  for (let seed = 0; seed < ORDERS; seed++) {
    random.shuffle(values);
    const watch = createDriftMonitor(heldOut, { seed, delta: DELTA / WATCHED.length });
    const at = values.findIndex((value) => watch(value).alarm);
    if (at !== -1) delays.push(at + 1);
  }
  delays.sort((x, y) => x - y);
  const median = delays[Math.floor(delays.length / 2)];
  return `${delays.length}${median === undefined ? '' : `, after ${median}`}`;
}

const random = new Random(0);
console.log(`alpha ${alpha}, model ${folder}, ${dataset.name}, backend onnx; 95 % intervals in brackets\n`);
row('class', 'held out', 'good test images', 'false alarms', 'dealt again', 'called unknown', 'dealt again');
row(...Array(7).fill('---'));
const streams: (string | number)[][] = [];
const total = { images: 0, alarms: 0, unknown: 0 };
for (const className of config.classes) {
  const plain = await predictions(className, 1);
  const bright = await predictions(className, LIGHT);
  const index = config.classes.indexOf(className);
  const list = (scores: NormalScores['normalScores'] | undefined) => scores?.[className] ?? [];
  const heldOut = { score: list(calibration.normalScores), strange: list(calibration.normalOodScores) };
  const limits = calibration.thresholds[className];
  const strangeOf = ({ oodScores }: Prediction) => oodScores?.[index] ?? Number.NaN;
  const scores = plain.map(({ score }) => score);
  const strange = plain.map(strangeOf);
  const alarms = limits && scores.filter((score) => score > limits.image).length;
  const unknown = limits && strange.filter((value) => value > (limits.ood ?? Infinity)).length;
  row(
    className,
    heldOut.score.length,
    scores.length,
    alarms === undefined ? 'no limit' : percent(alarms, scores.length),
    dealtAgain(heldOut.score, scores, random),
    unknown === undefined ? 'no limit' : percent(unknown, scores.length),
    dealtAgain(heldOut.strange, strange, random),
  );
  if (alarms !== undefined && unknown !== undefined) {
    total.images += scores.length;
    total.alarms += alarms;
    total.unknown += unknown;
  }
  const values = {
    score: ({ score }: Scored) => score,
    strangeness: strangeOf,
    brightness: ({ brightness }: Scored) => brightness,
  };
  const held = {
    score: heldOut.score,
    strangeness: heldOut.strange,
    brightness: list(calibration.normalBrightness),
  };
  streams.push([
    className,
    plain.length,
    ...WATCHED.flatMap((name) =>
      [plain, bright].map((images) => drift(held[name], images.map(values[name]), random)),
    ),
  ]);
}
row(
  'all with limits',
  '',
  total.images,
  percent(total.alarms, total.images),
  '',
  percent(total.unknown, total.images),
  '',
);

console.log(
  `\nDrift alarms in ${ORDERS} orders of the good test images, as they are and in light ×${LIGHT}; delta ${DELTA} for the three together:\n`,
);
row('class', 'images', ...WATCHED.flatMap((name) => [name, `×${LIGHT}`]));
row(...Array(2 + 2 * WATCHED.length).fill('---'));
for (const line of streams) row(...line);

let alarmed = 0;
for (let seed = 0; seed < STREAMS; seed++) {
  const draw = (n: number) => Array.from({ length: n }, () => Math.exp(random.normal()));
  const watch = createDriftMonitor(draw(45), { seed, delta: DELTA });
  if (draw(1000).some((score) => watch(score).alarm)) alarmed += 1;
}
console.log(
  `\n${STREAMS} streams of 1000 exchangeable scores, 45 held out, delta ${DELTA}: alarm in ${percent(alarmed, STREAMS)}`,
);
console.log(`${((performance.now() - began) / 1000).toFixed(0)} s`);
