import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { batches, type Sample } from '@mint/data';
import { type MintDetector, preprocessingOf } from '@mint/detector';
import { Random } from '@mint/internal';
import { imageFiles, mutateImage } from '@mint/test-utils/image-files';
import { Predictor } from '../commands/predict/predictor.js';
import { createServer } from '../commands/serve/http/server.js';
import { createLocalEngine } from '../commands/serve/scoring/local-engine.js';
import { bmp } from './tiny-detector.js';

/** What became of damaged images. */
export interface FuzzResult {
  /** By the way they went: `predict`, `batches`, `server`. */
  readonly runs: Readonly<Record<string, number>>;
  readonly refused: number;
  readonly scored: number;
  /** What must not happen, one line each. */
  readonly failures: readonly string[];
}

/** Images that go together: damaged ones, and a good one somewhere among them. */
interface Group {
  readonly names: readonly string[];
  readonly files: readonly Uint8Array[];
  /** Index of the good one. */
  readonly good: number;
}

/** Says for each image of a group whether it was scored. Throws when the good one was not, or had another score. */
type Way = (group: Group) => Promise<boolean[]>;

const TOGETHER = 8;
/** Groups in one call of `batches`, whose threads take long to start. */
const GROUPS_OF_FILES = 32;
const GOOD = bmp(3);

/**
 * Sends `count` damaged images through the code of `mint predict`, of training (threads that decode) and of the server, always
 * together with a good one. Each must be refused by name or scored, and the good one must get what it gets alone.
 */
export async function fuzzImages(detector: MintDetector, { count, seed }: { count: number; seed: number }): Promise<FuzzResult> {
  const random = new Random(seed);
  const seeds = Object.entries(await imageFiles());
  const folder = await mkdtemp(join(tmpdir(), 'mint-fuzz-'));
  const server = await serverWay(detector);
  const ways = { predict: await predictWay(detector), server: server.way, batches: await batchesWay(detector, folder) };
  const runs = { predict: 0, server: 0, batches: 0 };
  const failures: string[] = [];
  let [done, scored] = [0, 0];
  const groupOf = (size: number): Group => {
    const good = random.int(size + 1);
    const made = Array.from({ length: size + 1 }, (_, i) => {
      const [name, file] = seeds[random.int(seeds.length)] ?? ['', Buffer.alloc(0)];
      return i === good ? { name: 'good', bytes: GOOD } : { name, ...mutateImage(file, random) };
    });
    return { names: made.map(({ name }) => name), files: made.map(({ bytes }) => bytes), good };
  };
  try {
    while (done < count) {
      const turns = [...Array(GROUPS_OF_FILES / 2).fill(['predict', 'server']).flat(), 'batches'] as (keyof typeof ways)[];
      for (const name of turns) {
        const size = Math.min(count - done, (name === 'batches' ? GROUPS_OF_FILES : 1) * TOGETHER - 1);
        if (size === 0) continue;
        const before = done;
        const group = groupOf(size);
        done += size;
        runs[name] += size;
        try {
          scored += (await ways[name](group)).filter((one) => one).length - 1;
        } catch (error) {
          failures.push(`seed ${seed}, from image ${before}, ${name}: ${error instanceof Error ? error.stack : error}`);
        }
      }
    }
  } finally {
    await server.close();
    await rm(folder, { recursive: true });
  }
  return { runs, scored, refused: done - scored, failures };
}

const assertNear = (score: number | undefined, expected: number | undefined, instead = '') => {
  if (score === undefined || expected === undefined || !(Math.abs(score - expected) < 1e-3 * Math.abs(expected)))
    throw new Error(`the good image has the score ${score}, alone it has ${expected} ${instead}`);
};

/** In milliseconds; a run may be suspended for minutes. */
const TIMEOUT = 280_000;

async function predictWay(detector: MintDetector): Promise<Way> {
  const predictor = new Predictor(detector, { batchSize: TOGETHER }, { say: () => {} });
  const rowsOf = async (names: readonly string[], files: readonly Uint8Array[]) =>
    predictor.rows(await predictor.read(files.map((bytes, i) => ({ name: `${i} ${names[i]}`, read: async () => bytes }))));
  const [alone] = await rowsOf(['good'], [GOOD]);
  return async ({ names, files, good }) => {
    const rows = await rowsOf(names, files);
    assertNear(rows[good]?.score, alone?.score);
    return rows.map(({ picture, decision, error, score }) => {
      if (decision !== 'unreadable') return Number.isFinite(score);
      if (!error?.startsWith(`${picture}: `)) throw new Error(`the error does not name its image: ${error}`);
      return false;
    });
  };
}

async function serverWay(detector: MintDetector): Promise<{ way: Way; close: () => Promise<void> }> {
  const said: string[] = [];
  const say = (text: string) => void said.push(text);
  const engine = createLocalEngine(detector, { batchSize: TOGETHER, maxPixels: 1_000_000, say });
  const options = { batchSize: TOGETHER, readers: 2, queue: 64, maxBytes: 1_000_000, timeout: TIMEOUT, say };
  const app = await createServer(engine, options);
  const post = async (bytes: Uint8Array) => {
    const headers = { 'content-type': 'image/png' };
    const { statusCode, body } = await app.inject({ method: 'POST', url: '/v1/predict', headers, payload: Buffer.from(bytes) });
    return { statusCode, body };
  };
  const scoreIn = ({ body }: { body: string }): number | undefined => JSON.parse(body).pictures?.[0]?.score;
  const alone = scoreIn(await post(GOOD));
  const way: Way = async ({ names, files, good }) => {
    const answers = await Promise.all(files.map(post));
    const { statusCode: status, body: answer } = answers[good] ?? { statusCode: 0, body: '{}' };
    assertNear(scoreIn({ body: answer }), alone, `(${status} ${answer})`);
    if (said.length > 0) throw new Error(`the server reports ${said.splice(0).join(' | ')}`);
    return answers.map(({ statusCode, body }, i) => {
      if (![200, 413, 422].includes(statusCode)) throw new Error(`${names[i]}: ${statusCode} ${body}`);
      return statusCode === 200;
    });
  };
  return { way, close: () => app.close() };
}

async function batchesWay(detector: MintDetector, folder: string): Promise<Way> {
  const preprocessing = preprocessingOf(detector.config);
  const load = async (samples: readonly Sample[]) => {
    const images = new Map<string, Uint8Array>();
    const errors: string[] = [];
    const options = { batchSize: TOGETHER, preprocessing, workers: 1, onError: ({ message }: Error) => errors.push(message) };
    for await (const batch of batches(samples, options)) {
      const size = batch.images.length / batch.samples.length;
      batch.samples.forEach(({ id }, i) => {
        images.set(id, batch.images.subarray(i * size, (i + 1) * size));
      });
    }
    return { images, errors };
  };
  const write = async (files: readonly Uint8Array[]): Promise<Sample[]> => {
    await rm(folder, { recursive: true });
    await mkdir(folder);
    await Promise.all(files.map((bytes, i) => writeFile(join(folder, `${i}.png`), bytes)));
    return files.map((_, i) => ({
      id: String(i),
      className: 'nut',
      classIndex: 0,
      label: 'normal',
      split: 'train',
      imagePath: join(folder, `${i}.png`),
    }));
  };
  const alone = (await load(await write([GOOD]))).images.get('0') ?? new Uint8Array();
  return async ({ files, good }) => {
    const { images, errors } = await load(await write(files));
    if (Buffer.compare(images.get(String(good)) ?? new Uint8Array(), alone) !== 0) throw new Error('the good image is another');
    const stray = errors.find((message) => !message.startsWith(folder));
    if (stray !== undefined) throw new Error(`the error does not name its image: ${stray}`);
    if (images.size + errors.length !== files.length) throw new Error('images are missing');
    return files.map((_, i) => images.has(String(i)));
  };
}
