import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MintError } from '@mint/internal';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { batches, loadSample, type Sample, shuffledOrder } from '../index.js';

/** Counts decoding: how often it was started, how many ran together. */
const decoding = vi.hoisted(() => ({ started: 0, active: 0, peak: 0, delay: (_name: string): number => 0 }));
vi.mock('../decode/decode.js', async (importOriginal) => {
  const original = await importOriginal<typeof import('../decode/decode.js')>();
  return {
    ...original,
    decodeSized: async (...[bytes, name, options]: Parameters<typeof original.decodeSized>) => {
      decoding.started += 1;
      decoding.active += 1;
      decoding.peak = Math.max(decoding.peak, decoding.active);
      try {
        await wait(decoding.delay(name));
        return await original.decodeSized(bytes, name, options);
      } finally {
        decoding.active -= 1;
      }
    },
  };
});

const N = 23;
let folder = '';
let samples: Sample[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mint-batches-'));
  samples = await Promise.all(
    Array.from({ length: N }, async (_, i): Promise<Sample> => {
      const imagePath = join(folder, `${i}.png`);
      await sharp({ create: { width: 5, height: 7, channels: 3, background: { r: i, g: 2 * i, b: 200 } } })
        .png()
        .toFile(imagePath);
      return {
        id: `a/train/good/${i}`,
        className: 'a',
        classIndex: 0,
        split: 'train',
        label: 'normal',
        imagePath,
      };
    }),
  );
  await writeFile(join(folder, 'broken.png'), 'no image');
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(() => Object.assign(decoding, { started: 0, active: 0, peak: 0, delay: () => 0 }));

const preprocessing = { width: 3, height: 2, filter: 'bilinear' } as const;
const broken = (id: string): Sample => ({
  id,
  className: 'a',
  classIndex: 0,
  split: 'train',
  label: 'normal',
  imagePath: join(folder, 'broken.png'),
});
async function idsOf(
  options: Partial<Parameters<typeof batches>[1]> = {},
  from: readonly Sample[] = samples,
) {
  const ids: string[][] = [];
  for await (const batch of batches(from, { batchSize: 4, preprocessing, ...options }))
    ids.push(batch.samples.map(({ id }) => id.split('/').at(-1) ?? ''));
  return ids;
}
const numbers = Array.from({ length: N }, (_, i) => String(i));

describe('batches()', () => {
  test('keeps the order although later images are ready earlier, and puts each in its place', async () => {
    decoding.delay = (name) => (Number.parseInt(name.split(/[\\/]/).at(-1) ?? '', 10) % 5 === 0 ? 12 : 0);
    const seen: number[] = [];
    for await (const { images, samples: taken, shape, masks, hashes } of batches(samples, {
      batchSize: 4,
      preprocessing,
    })) {
      expect(shape).toEqual([taken.length, 2, 3, 3]);
      expect(images.length).toBe(taken.length * 18);
      expect(masks).toEqual(taken.map(() => undefined));
      expect(new Set(hashes).size).toBe(taken.length);
      taken.forEach((sample, i) => {
        const index = Number(sample.id.split('/').at(-1));
        seen.push(index);
        expect([...images.subarray(18 * i, 18 * i + 18)]).toEqual(
          Array.from({ length: 6 }, () => [index, 2 * index, 200]).flat(),
        );
      });
    }
    expect(seen).toEqual(numbers.map(Number));
  });

  test('shuffles by seed and epoch as shuffledOrder() does, and can be iterated again', async () => {
    const order = shuffledOrder(N, 5, 2).map(String);
    expect((await idsOf({ seed: 5, epoch: 2 })).flat()).toEqual(order);
    const stream = batches(samples, { batchSize: N, preprocessing, seed: 5, epoch: 2 });
    for (let again = 0; again < 2; again++) {
      for await (const batch of stream)
        expect(batch.samples.map(({ id }) => id.split('/').at(-1))).toEqual(order);
    }
  });

  test('decodes no more at once than `concurrency` and no further ahead than `prefetch` batches', async () => {
    decoding.delay = () => 3;
    let taken = 0;
    for await (const batch of batches(samples, {
      batchSize: 4,
      preprocessing,
      prefetch: 2,
      concurrency: 3,
    })) {
      taken += batch.samples.length;
      const ahead = Math.min(N, taken + 8);
      await vi.waitFor(() => expect(decoding.started).toBe(ahead), { timeout: 10_000 });
      await wait(20);
      expect(decoding.started).toBe(ahead);
    }
    expect(decoding.peak).toBe(3);
  });

  test('leaving early starts nothing more and waits for what runs', async () => {
    decoding.delay = () => 5;
    for await (const _ of batches(samples, { batchSize: 2, preprocessing, prefetch: 3, concurrency: 2 }))
      break;
    expect(decoding.active).toBe(0);
    const { started } = decoding;
    await wait(40);
    expect(decoding.started).toBe(started);
    expect(started).toBeLessThan(N / 2);
  });

  test('an unreadable image throws by name after the batches before it', async () => {
    const from = [...samples.slice(0, 9), broken('a/train/good/bad'), ...samples.slice(9)];
    let got = 0;
    const run = async () => {
      for await (const batch of batches(from, { batchSize: 4, preprocessing })) got += batch.samples.length;
    };
    await expect(run()).rejects.toThrow(/broken\.png: expected a PNG/);
    expect(got).toBe(8);
    await expect(idsOf({}, [{ ...broken('x'), imagePath: join(folder, 'gone.png') }])).rejects.toThrow(
      /gone\.png: cannot read the image/,
    );
  });

  test('with onError it is reported once and left out, and batches stay full', async () => {
    const told: [string, string][] = [];
    const from = [broken('bad0'), ...samples.slice(0, 6), broken('bad1'), ...samples.slice(6)];
    const ids = await idsOf({ onError: (error, { id }) => told.push([error.code, id]) }, from);
    expect(ids.flat()).toEqual(numbers);
    expect(ids.map((batch) => batch.length)).toEqual([4, 4, 4, 4, 4, 3]);
    expect(told).toEqual([
      ['UNREADABLE_IMAGE', 'bad0'],
      ['UNREADABLE_IMAGE', 'bad1'],
    ]);
  });

  test('errors that are not the fault of an image are never swallowed', async () => {
    const bug: Sample = {
      ...broken('bug'),
      render: () => {
        throw new TypeError('a bug');
      },
    };
    const { imagePath: _, ...rendered } = bug;
    await expect(idsOf({ onError: () => {} }, [rendered])).rejects.toThrow('a bug');
  });

  test('holds a bounded number of images over a long list', async () => {
    const alive = new Set<number>();
    const registry = new FinalizationRegistry<number>((i) => alive.delete(i));
    let peak = 0;
    const size = 64;
    const many: Sample[] = Array.from({ length: 600 }, (_, i) => ({
      ...broken(`many/${i}`),
      imagePath: undefined,
      render: () => {
        const data = new Uint8Array(size * size * 3);
        alive.add(i);
        registry.register(data, i);
        return { image: { width: size, height: size, data } };
      },
    })).map(({ imagePath: _, ...sample }) => sample);
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    for await (const _ of batches(many, {
      batchSize: 4,
      preprocessing: { width: size, height: size, filter: 'bilinear' },
    })) {
      collect();
      await wait(1);
      peak = Math.max(peak, alive.size);
    }
    expect(peak).toBeLessThanOrEqual(4 * 2 + 4 + 4);
  });

  test.each([
    [{ batchSize: 0 }, '`batchSize` must be an integer of at least 1, got 0'],
    [{ prefetch: 0 }, '`prefetch` must be an integer of at least 1, got 0'],
    [{ concurrency: 1.5 }, '`concurrency` must be an integer of at least 1, got 1.5'],
    [
      { preprocessing: { ...preprocessing, width: -1 } },
      '`preprocessing.width` must be an integer of at least 1, got -1',
    ],
  ])('refuses %o at once', (options, message) => {
    expect(() => batches([], { batchSize: 4, preprocessing, ...options })).toThrow(message);
  });
});

describe('loadSample()', () => {
  test('hashes the file, or size and pixels of what was rendered', async () => {
    const [first] = samples;
    if (first?.imagePath === undefined) throw new Error('no sample');
    const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    expect((await loadSample(first, preprocessing)).contentHash).toBe(sha(await readFile(first.imagePath)));
    const data = Uint8Array.of(1, 2, 3);
    const { imagePath: _, ...bare } = first;
    const rendered: Sample = { ...bare, render: () => ({ image: { width: 1, height: 1, data } }) };
    const hash = sha(Buffer.concat([Buffer.from('1x1 '), data]));
    expect((await loadSample(rendered, preprocessing)).contentHash).toBe(hash);
    await expect(loadSample(bare, preprocessing)).rejects.toThrow('neither `imagePath` nor `render`');
  });

  test('a rendered mask of another size is refused', async () => {
    const sample: Sample = {
      id: 'a/test/cut/0',
      className: 'a',
      classIndex: 0,
      split: 'test',
      label: 'anomalous',
      defect: 'cut',
      render: () => ({
        image: { width: 1, height: 2, data: new Uint8Array(6) },
        mask: { width: 2, height: 1, data: new Uint8Array(2) },
      }),
    };
    const load = loadSample(sample, preprocessing);
    await expect(load).rejects.toThrow(
      'mask of a/test/cut/0: the mask is 2x1 but its image a/test/cut/0 is 1x2',
    );
    await expect(load).rejects.toSatisfy(MintError.isInstance);
  });
});

test('batches() gives a large image alone, in order, and small ones together', async () => {
  const sizes = [11, 12, 40, 41, 13].map((width, i) => ({ width, height: 13 + i }));
  const samples = sizes.map(({ width, height }, i) => ({
    id: `a/${i}`,
    className: 'a',
    classIndex: 0,
    split: 'train' as const,
    label: 'normal' as const,
    render: () => ({
      image: { width, height, data: new Uint8Array(width * height * 3).fill(i) },
      mask: { width, height, data: new Uint8Array(width * height) },
    }),
  }));
  const tiled = { width: 11, height: 13, filter: 'bilinear', tiles: 'auto' } as const;
  const seen: unknown[] = [];
  for await (const batch of batches(samples, { batchSize: 2, preprocessing: tiled })) {
    seen.push([batch.samples.map(({ id }) => id).join(), batch.shape, batch.grid?.width]);
    expect(batch.images).toHaveLength(batch.shape.reduce((a, b) => a * b));
    for (const mask of batch.masks)
      expect([batch.shape[1], batch.shape[2]]).toEqual([mask?.height, mask?.width]);
  }
  expect(seen).toEqual([
    ['a/0,a/1', [2, 13, 11, 3], undefined],
    ['a/2', [1, 15, 40, 3], 40],
    ['a/3', [1, 16, 41, 3], 41],
    ['a/4', [1, 13, 11, 3], undefined],
  ]);
});
