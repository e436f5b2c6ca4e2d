import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, open, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeMask } from '@mint/data';
import { MintDetector } from '@mint/detector';
import { temporaryFolder } from '@mint/test-utils';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { MINT, mint, mintHere } from '../../__fixtures__/run.js';
import { bmp, png, tinyDetector } from '../../__fixtures__/tiny-detector.js';

const folder = temporaryFolder();
const at = (path: string) => join(folder.path, path);
const files = Array.from({ length: 11 }, (_, i) => `new/${String(i).padStart(2, '0')}.bmp`);

beforeEach(async () => {
  const detector = await tinyDetector();
  await detector.save(at('model'));
  detector.dispose();
  await folder.write(
    ...files.map((file, i) => [file, bmp(i + 1)] as const),
    ['new/05b.png', png().subarray(0, 100)],
    ['new/notes.txt', 'not an image'],
  );
});

const predict = (...args: string[]) => mintHere(['predict', '--model', at('model'), ...args]);

/** In a folder of its own, so that names of files are arguments. */
const mintIn = (cwd: string, ...args: string[]) =>
  mint(['predict', '--model', at('model'), ...args], { cwd });

/** Rows of JSON Lines. */
const rowsOf = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** The same except for sums in another order. */
const near = (rows: { score?: number; probability?: number; regions?: unknown[] }[]) =>
  rows.map(({ score, probability, regions, ...row }) => ({
    ...row,
    // Peaks and means are sums in another order, too.
    ...(regions && { regions: expect.any(Array) }),
    ...(score === undefined
      ? {}
      : { score: expect.closeTo(score, 4), probability: expect.closeTo(probability ?? Number.NaN, 4) }),
  }));

describe('mint predict', () => {
  test('one row per image in the order of the input, the same in batches as one by one; unreadable images included', async () => {
    const single = await predict(at('new'), '--format', 'json', '--batch-size', '1');
    const rows = rowsOf(single.out);
    expect(single.code).toBe(1);
    expect(rows.map(({ picture }) => picture)).toEqual(
      [...files.slice(0, 6), 'new/05b.png', ...files.slice(6)].map(at),
    );
    expect(rows[6]).toEqual({
      picture: at('new/05b.png'),
      decision: 'unreadable',
      error: expect.stringMatching(/05b\.png: the image is truncated/),
    });
    for (const { decision, class: name } of rows.filter(({ decision }) => decision !== 'unreadable'))
      expect(decision).toBe(name === 'nut' ? 'alarm' : 'none');
    const batches = await predict(at('new'), '--format', 'json', '--batch-size', '4');
    expect(rowsOf(batches.out)).toEqual(near(rows));
    const whole = await predict(`${at('new')}/**`, '--json');
    expect(JSON.parse(whole.out)).toEqual({ pictures: near(rows) });
    await expect(predict(at('new'), '--strict')).rejects.toThrow(/05b\.png: the image is truncated/);
  });

  test('--out gets an overlay of each image and a file of the rows', async () => {
    await predict(at('new'), '--out', at('results'), '--format', 'json');
    const written = await readdir(at('results'));
    expect(written).toHaveLength(files.length + 1);
    expect(written.filter((name) => name.endsWith('.png'))).toHaveLength(files.length);
    expect(written).toContain('0011_10.bmp.png');
    expect(rowsOf(await readFile(at('results/results.jsonl'), 'utf8'))).toHaveLength(files.length + 1);
    await predict(at('new/00.bmp'), '--out', at('more'));
    const lines = (await readFile(at('more/results.csv'), 'utf8')).split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toBe(
      'picture,score,class,probability,classP,p,decision,error,regions,regionArea,smallRegions',
    );
  });

  test('--out may be the folder of the images, above or inside it: overlays are never images, and no other file is overwritten', async () => {
    const names = async (input: string) =>
      JSON.parse((await predict(at(input), '--json', '--out', at('new'))).out).pictures.map(
        ({ picture }: { picture: string }) => picture,
      );
    const first = await names('new');
    expect(first).toHaveLength(files.length + 1);
    expect(await names('new')).toEqual(first);
    for (const out of ['.', 'new/results']) {
      await predict(at('new'), '--out', at(out));
      expect(await names('new')).toEqual(first);
    }
    await folder.write(['mine/0000_00.bmp.png', 'mine']);
    await predict(at('new/00.bmp'), '--out', at('mine'));
    expect(await readFile(at('mine/0000_00.bmp.png'), 'utf8')).toBe('mine');
    await folder.write(['list/results.csv', 'image,label\n']);
    await expect(predict(at('new'), '--out', at('list'))).rejects.toThrow(
      /list\/results\.csv: is there and was not written by mint predict/,
    );
  });

  test('names of any length and with line breaks give well-formed rows, and overlays of their own', async () => {
    const names = [`${'良'.repeat(83)}.bmp`, 'a\nb.bmp', 'a_b.bmp', 'c"d,e.bmp'].map((name) => `odd/${name}`);
    await folder.write(...names.map((name, i) => [name, bmp(i + 1)] as const));
    const table = await predict(at('odd'), '--out', at('results'));
    expect(table.out.trim().split('\n')).toHaveLength(names.length + 1);
    expect(table.out).toContain('a\\x0ab.bmp');
    expect((await readdir(at('results'))).filter((name) => name.endsWith('.png'))).toHaveLength(names.length);
    const { out: csv } = await predict(at('odd'), '--format', 'csv');
    expect(csv).toContain(`\n"${at('odd/a\nb.bmp')}",`);
    expect(csv).toContain(`\n"${at('odd/c""d,e.bmp')}",`);
    expect(csv).toContain(`\n${at('odd/a_b.bmp')},`);
    const { out: json } = await predict(at('odd'), '--format', 'json');
    expect(rowsOf(json).map(({ picture }) => picture)).toEqual(names.map(at).sort());
  });

  test('standard input is scored', async () => {
    const args = [...MINT, 'predict', '-', '--model', at('model'), '--format', 'json'];
    const out = await new Promise<string>((resolve) => {
      execFile('node', args, (_, text) => resolve(text)).stdin?.end(bmp(1));
    });
    expect(rowsOf(out)).toEqual([expect.objectContaining({ picture: '-', decision: 'alarm' })]);
  });

  test('--spreadsheet: a file name that is a formula stays text', async () => {
    await folder.write([`odd/=cmd|' /C calc'!A0.bmp`, bmp(1)]);
    const { out } = await mintIn(at('odd'), "=cmd|' /C calc'!A0.bmp", '--format', 'csv', '--spreadsheet');
    expect(out.split('\n')[1]).toMatch(/^'=cmd/);
  }, 180_000); // a process of its own

  test('a review band: review between the limits, and an exit code of its own', async () => {
    const detector = await tinyDetector();
    const { calibration, ...state } = detector.toState();
    const limits = (image: number) => ({ image, pixel: 0, review: { image: 0, pixel: 0 } });
    const withLimit = async (limit: number) => {
      if (calibration === undefined) return;
      const thresholds = { nut: limits(limit) };
      const band = { ...calibration, reviewAlpha: 0.6, thresholds };
      await MintDetector.fromState({ ...state, calibration: band }).save(at('band'));
    };
    const code = async () => {
      const args = ['predict', at('new/00.bmp'), '--class', 'nut', '--model', at('band')];
      const { out, code } = await mintHere([...args, '--format', 'json', '--exit-code']);
      return [rowsOf(out)[0].decision, code];
    };
    await withLimit(1e6);
    expect(await code()).toEqual(['review', 4]);
    await withLimit(0);
    expect(await code()).toEqual(['alarm', 3]);
    detector.dispose();
  });

  test('masks, maps and annotations of each image, at its own size', async () => {
    const images = [at('new/00.bmp'), at('new/01.bmp')];
    const folders = ['masks', 'maps', 'labelme'].flatMap((name) => [`--${name}`, at(name)]);
    const flags = [...folders, '--coco', at('coco.json'), '--mm-per-pixel', '0.5', '--class', 'nut'];
    const { out } = await predict(...images, ...flags, '--format', 'json');
    const rows = rowsOf(out);
    // Every pixel is above the limit of 0.
    expect(rows.map(({ regions }) => regions.map(({ area }: { area: number }) => area))).toEqual([
      [33 * 31],
      [34 * 32],
    ]);
    expect(rows[0].regions[0].areaMm2).toBe((33 * 31) / 4);
    const mask = await decodeMask(await readFile(at('masks/0000_00.bmp.png')), 'mask');
    expect([mask.width, mask.height]).toEqual([33, 31]);
    expect(mask.data.filter((value) => value === 1).length).toBeGreaterThan(33 * 31 - 8);
    expect((await readdir(at('maps'))).sort()).toEqual(
      ['0000_00.bmp', '0001_01.bmp'].flatMap((name) => [`${name}.npy`, `${name}.tiff`]),
    );
    expect(JSON.parse(await readFile(at('labelme/0001_01.bmp.json'), 'utf8'))).toMatchObject({
      imagePath: '../new/01.bmp',
      imageWidth: 34,
      imageHeight: 32,
    });
    expect(JSON.parse(await readFile(at('coco.json'), 'utf8'))).toMatchObject({
      images: [{ file_name: 'new/00.bmp' }, { file_name: 'new/01.bmp' }],
      annotations: [{ image_id: 1, area: 33 * 31 }, { image_id: 2 }],
    });
  });

  test('exit codes: 0 whatever the decisions, 3 under --exit-code unless all are ok, 1 for unreadable images', async () => {
    const one = [at('new/00.bmp'), '--class', 'nut'];
    expect(await predict(...one, '--format', 'csv')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/,nut,[\d.]+,,[\d.]+,alarm,,1,1023,$/m),
    });
    expect((await predict(...one, '--exit-code')).code).toBe(3);
    expect((await predict(at('new/00.bmp'), '--class', 'bolt', '--exit-code')).code).toBe(3);
    expect((await predict(at('new'), '--exit-code')).code).toBe(1);
    const model = JSON.parse(await readFile(at('model/model.json'), 'utf8'));
    model.calibration.thresholds.nut.image = 1e9;
    await writeFile(at('model/model.json'), JSON.stringify(model));
    expect((await predict(...one, '--exit-code')).code).toBe(0);
  });

  test('an unknown class is reported before any image is scored', async () => {
    await expect(predict(at('new'), '--class', 'washer')).rejects.toThrow(
      "does not know the class 'washer'; it knows nut, bolt",
    );
  });
});

describe('mint predict --watch', () => {
  interface Watching {
    readonly process: ChildProcess;
    readonly out: () => string;
    readonly err: () => string;
    /** Rows of an image, in the order they were printed. */
    readonly of: (image: string) => { decision: string; score?: number }[];
    /** Ends it as Ctrl-C does; returns the exit code. */
    readonly stop: () => Promise<number>;
  }

  function watch(...args: string[]): Watching {
    const flags = ['predict', at('in'), '--watch', '--model', at('model'), '--format', 'json', ...args];
    const child = spawn('node', [...MINT, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    let [out, err] = ['', ''];
    child.stdout.on('data', (text) => {
      out += text;
    });
    child.stderr.on('data', (text) => {
      err += text;
    });
    return {
      process: child,
      out: () => out,
      err: () => err,
      of: (image) =>
        out === '' ? [] : rowsOf(out).filter((row: { picture: string }) => row.picture.endsWith(image)),
      async stop() {
        child.kill('SIGINT');
        const [code] = await once(child, 'exit');
        return code;
      },
    };
  }
  const soon = { timeout: 40_000, interval: 50 };

  test('scores existing images, new ones once they are complete, and replaced ones again; ends with 0 on Ctrl-C', async () => {
    await mkdir(at('in/results'), { recursive: true });
    await copyFile(at('new/00.bmp'), at('in/first.bmp'));
    const watching = watch('--out', at('in/results'));
    await vi.waitFor(() => expect(watching.of('first.bmp')).toHaveLength(1), soon);

    // Slower than any program writes, but without a pause.
    const bytes = bmp(2);
    const file = await open(at('in/slow.bmp'), 'w');
    for (let i = 0; i < 10; i++) {
      await file.write(bytes.subarray((i * bytes.length) / 10, ((i + 1) * bytes.length) / 10));
      await sleep(100);
    }
    await file.close();
    await vi.waitFor(() => expect(watching.of('slow.bmp')).toHaveLength(1), soon);
    expect(watching.of('slow.bmp')[0]?.decision).not.toBe('unreadable');

    await mkdir(at('in/deep'));
    await copyFile(at('new/05b.png'), at('in/deep/broken.png'));
    await copyFile(at('new/notes.txt'), at('in/notes.txt'));
    await vi.waitFor(() => expect(watching.err()).toMatch(/left out: .*broken\.png: /), soon);

    // Another image under an old name, as programs replace files.
    await copyFile(at('new/03.bmp'), at('in/.part'));
    await rename(at('in/.part'), at('in/first.bmp'));
    await vi.waitFor(() => expect(watching.of('first.bmp')).toHaveLength(2), soon);
    const [before, after] = watching.of('first.bmp');
    expect(Math.abs((before?.score ?? 0) - (after?.score ?? 0))).toBeGreaterThan(1e-3);

    expect(await watching.stop()).toBe(0);
    expect(watching.err()).toMatch(/finishing the images at hand/);
    expect(watching.err()).toMatch(/^4 images, /m);
    // Results are in the watched folder but are not images to score.
    expect((await readdir(at('in/results'))).sort()).toEqual([
      'first.bmp.png',
      'results.jsonl',
      'slow.bmp.png',
    ]);
    expect(await readFile(at('in/results/results.jsonl'), 'utf8')).toBe(watching.out());
  });

  test('a missing folder, or one that disappears, ends it with the reason', async () => {
    const nowhere = watch();
    const [code] = await once(nowhere.process, 'exit');
    expect([code, nowhere.err()]).toEqual([1, expect.stringContaining(`${at('in')}: expected a folder`)]);
    await mkdir(at('in'));
    const watching = watch();
    await vi.waitFor(() => expect(watching.err()).toContain('watching'), soon);
    await rename(at('in'), at('moved'));
    const [later] = await once(watching.process, 'exit');
    expect([later, watching.err()]).toEqual([1, expect.stringContaining('the watched folder is gone')]);
  });
});
