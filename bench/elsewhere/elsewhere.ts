/**
 * Exports a detector as an ONNX file, and runs the file in ONNX Runtime for Python and in OpenVINO, at full and at half
 * precision: are maps and decisions those of MINT?
 *
 *     pnpm --filter bench elsewhere <model folder> <data set in MVTec's layout> [images of each class]
 *
 * Ends with an error unless float32 maps are within 1e-4 of MINT's, and decisions are the same but for scores within rounding of
 * a limit. Engines are skipped by name where there is no Python.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exportOnnx } from '@mint/backend-onnx';
import { loadMvtec, loadSample, type Sample } from '@mint/data';
import { MintDetector, preprocessingOf } from '@mint/detector';
import * as tf from '@tensorflow/tfjs-core';
import { ENGINES, pythonOf, runPython } from '../race/python.js';
import { median } from '../workloads.js';

const SCRIPT = join(dirname(fileURLToPath(import.meta.url)), 'engines.py');

/** Largest difference of a value, as a share of the largest value of all maps. */
const TOLERANCE = 1e-4;
/** The step between neighbouring numbers of bfloat16, and of float32 with some hundred sums. */
const ROUNDING = { f32: 1e-4, bf16: 2 ** -7 };

type Rounding = keyof typeof ROUNDING;

interface Answer {
  readonly version: string;
  readonly ms: number;
  readonly scores: readonly number[];
  readonly posteriors: readonly (readonly number[])[];
}

/** What MINT says about an image. */
interface Ours {
  readonly score: number;
  readonly map: Float32Array;
  readonly className: string | undefined;
  readonly ms: number;
}

const [folder, root, each = '12'] = process.argv.slice(2);
if (folder === undefined || root === undefined) {
  console.error('elsewhere <model folder> <data set> [images of each class]');
  process.exit(2);
}

await tf.setBackend('onnx');
const detector = await MintDetector.load(folder);
const { width, height } = detector.config.input;
const { classes } = detector.config;

/** Test images, evenly chosen from each class. */
function chosen(samples: readonly Sample[], count: number): Sample[] {
  return classes.flatMap((name) => {
    const own = samples.filter(({ split, className }) => split === 'test' && className === name);
    const step = Math.max(1, own.length / count);
    return own.filter((_, i) => Math.floor(i / step) !== Math.floor((i - 1) / step));
  });
}

const samples = chosen((await loadMvtec(root)).samples, Number(each));
const preprocessing = preprocessingOf(detector.config);
const pixels: Uint8Array[] = [];
for (const sample of samples) pixels.push((await loadSample(sample, preprocessing)).image.data);

const named = (posterior: readonly number[] | undefined): string | undefined =>
  posterior && classes[posterior.indexOf(Math.max(...posterior))];

const score = ({ images }: { images: tf.Tensor4D }) => {
  const features = detector.features(images);
  return { ...detector.score(features) };
};

async function ours(data: Uint8Array): Promise<Ours> {
  const start = performance.now();
  const images = tf.tensor4d(data, [1, height, width, 3], 'int32');
  const result = tf.tidy(() => score({ images }));
  const [map, [value = Number.NaN], posterior] = await Promise.all([
    result.map.data<'float32'>(),
    result.score.data(),
    result.posterior?.data(),
  ]);
  tf.dispose([images, { ...result }]);
  return {
    score: value,
    map: map.slice(),
    className: named(posterior && [...posterior]),
    ms: performance.now() - start,
  };
}

/** The decision by score, or `undefined` where the score is so close to a limit that rounding decides. */
function decision(given: number, name: string | undefined, rounding: number): string | undefined {
  const at = (value: number) => detector.decide({ score: value, className: name }).decision;
  const [low, high] = [at(given * (1 - rounding)), at(given * (1 + rounding))];
  return low === high ? low : undefined;
}

/** Compares an engine with MINT, and throws where it differs. */
function compare(
  engine: string,
  rounding: Rounding,
  expected: readonly Ours[],
  maps: Float32Array,
  answer: Answer,
) {
  const size = maps.length / expected.length;
  const scale = Math.max(...expected.map(({ map }) => map.reduce((most, value) => Math.max(most, value), 0)));
  let [worst, worstScore] = [0, 0];
  let [others, close] = [0, 0];
  expected.forEach(({ map, score: own, className }, i) => {
    for (let p = 0; p < size; p++)
      worst = Math.max(worst, Math.abs((maps[i * size + p] as number) - (map[p] as number)) / scale);
    const theirs = answer.scores[i] ?? Number.NaN;
    worstScore = Math.max(worstScore, Math.abs(theirs / own - 1));
    const wanted = decision(own, className, ROUNDING[rounding]);
    if (wanted === undefined) close++;
    else if (
      detector.decide({ score: theirs, className: named(answer.posteriors[i]) ?? className }).decision !==
      wanted
    )
      others++;
  });
  const ms = median(expected.map((one) => one.ms));
  console.log(
    `${engine} ${answer.version}: ${answer.ms.toFixed(1)} ms an image (MINT ${ms.toFixed(1)}), maps within ` +
      `${worst.toExponential(1)}, scores within ${(100 * worstScore).toFixed(2)} %; of ${expected.length} decisions ` +
      `${others} differ, ${close} are within rounding of a limit`,
  );
  if (others > 0) throw new Error(`${engine}: ${others} decisions differ from MINT's.`);
  if (rounding === 'f32' && !(worst <= TOLERANCE)) throw new Error(`${engine}: maps differ by ${worst}.`);
}

const work = await mkdtemp(join(tmpdir(), 'mint-elsewhere-'));
try {
  const example = { images: tf.zeros<tf.Rank.R4>([1, height, width, 3], 'int32') };
  const file = await exportOnnx(score, example, { uint8: ['images'] });
  await writeFile(join(work, 'detector.onnx'), file);
  await writeFile(join(work, 'images.u8'), Buffer.concat(pixels));
  console.log(
    `detector.onnx: ${(file.length / 1e6).toFixed(1)} MB; ${samples.length} test images of ${root}`,
  );
  const expected: Ours[] = [];
  for (const data of [...pixels.slice(0, 3), ...pixels]) expected.push(await ours(data));
  expected.splice(0, 3); // compiled
  const python = await pythonOf(ENGINES);
  for (const [engine, rounding] of [
    ['onnxruntime', 'f32'],
    ['openvino-f32', 'f32'],
    ['openvino-bf16', 'bf16'],
  ] as const) {
    if (python === undefined) {
      console.log(`${engine}: skipped, there is no Python`);
      continue;
    }
    const [model, images, out] = ['detector.onnx', 'images.u8', `${engine}.f32`].map((name) =>
      join(work, name),
    );
    const answer = runPython<Answer>(python, [
      SCRIPT,
      model ?? '',
      images ?? '',
      `${width}`,
      out ?? '',
      engine,
    ]);
    if (answer === undefined) throw new Error(`${engine} could not run the file.`);
    const { buffer, byteOffset, length } = await readFile(out ?? '');
    compare(engine, rounding, expected, new Float32Array(buffer, byteOffset, length / 4), answer);
  }
} finally {
  await rm(work, { recursive: true });
  detector.dispose();
}
