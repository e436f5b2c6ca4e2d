import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeImage } from '@mint/data';
import { openHistory } from '@mint/history';
import { temporaryFolder } from '@mint/test-utils';
import mqtt from 'mqtt';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { mintHere } from '../../__fixtures__/run.js';
import { bmp, tinyDetector } from '../../__fixtures__/tiny-detector.js';
import {
  freePort,
  hasBroker,
  needsBroker,
  startBroker,
  stopBroker,
} from '../../messages/__fixtures__/broker.js';
import { startRtsp } from './__fixtures__/rtsp-server.js';
import { inputOf, openCamera, titleOf } from './camera.js';
import { frameCutter } from './frames.js';

const work = temporaryFolder();
const said: string[] = [];
const say = (text: string) => void said.push(text);
const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;
const needsFfmpeg = (title: string) => (hasFfmpeg ? title : `${title} (skipped: no ffmpeg)`);
let ending: AbortController;
beforeEach(() => {
  ending = new AbortController();
});
afterEach(() => {
  ending.abort();
  said.length = 0;
});

test('cuts a stream into files, however it is divided', () => {
  const files = [bmp(1), bmp(2), bmp(3)];
  const stream = Buffer.concat(files);
  for (const size of [1, 7, 13, 14, 15, 1000, stream.length]) {
    const cut = frameCutter(1e6);
    const found: Uint8Array[] = [];
    for (let at = 0; at < stream.length; at += size) found.push(...cut(stream.subarray(at, at + size)));
    expect(found.map((file) => Buffer.from(file))).toEqual(files.map((file) => Buffer.from(file)));
  }
  expect(() => frameCutter(1e6)(Buffer.from('not a file of this kind'))).toThrow(/expected a BMP file/);
  expect(() => frameCutter(100)(bmp(1))).toThrow(/of at most 100 bytes/);
});

test('a source is read as what it is, and a password is not said', () => {
  expect(inputOf('rtsp://u:p@camera/a')).toEqual(['-rtsp_transport', 'tcp', '-i', 'rtsp://u:p@camera/a']);
  expect(inputOf('/dev/video0')).toEqual(['-f', 'v4l2', '-i', '/dev/video0']);
  expect(inputOf('lavfi:testsrc=rate=5')).toEqual(['-re', '-f', 'lavfi', '-i', 'testsrc=rate=5']);
  expect(titleOf('rtsp://user:secret@camera/a')).toBe('rtsp://camera/a');
});

describe.skipIf(!hasFfmpeg)(needsFfmpeg('through ffmpeg'), () => {
  const source = (seconds: number) => `lavfi:testsrc=size=64x48:rate=40:duration=${seconds}`;

  test('the newest frame wins, the others are counted, and a camera that ends is started again', async () => {
    const camera = await openCamera(source(0.4), { rate: 40, signal: ending.signal, say, pause: 50 });
    const first = await camera.newest();
    const image = await decodeImage(first?.bytes ?? new Uint8Array(), 'frame');
    expect([image.width, image.height]).toEqual([64, 48]);
    await expect.poll(camera.dropped, { timeout: 10_000 }).toBeGreaterThan(5);
    await expect.poll(camera.restarts, { timeout: 10_000 }).toBeGreaterThan(0);
    const newest = await camera.newest();
    expect(newest?.time).toBeGreaterThan(first?.time ?? 0);
    const asked = Date.now();
    expect((await camera.next())?.time).toBeGreaterThanOrEqual(asked);
    ending.abort();
    await expect.poll(camera.newest, { timeout: 10_000 }).toBeUndefined();
    expect(said[0]).toMatch(/^lavfi:testsrc.*ffmpeg has ended; ffmpeg starts again in 0\.05 s$/);
  });

  test('a source that cannot be read is tried again, with longer pauses, and says why', async () => {
    const file = join(work.path, 'broken.mp4');
    await writeFile(file, 'not a film');
    await openCamera(file, { rate: 5, signal: ending.signal, say, pause: 20 });
    await expect.poll(() => said.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(3);
    expect(said[0]).toMatch(/ffmpeg says .*Invalid data.*starts again in 0\.04 s/);
    expect(said[2]).toMatch(/starts again in 0\.16 s/);
  });

  test('a camera of the network is read by RTSP, with its password, and again when it was switched off', async () => {
    const server = await startRtsp(work.path);
    onTestFinished(server.stop);
    const camera = await openCamera(server.url, { rate: 10, signal: ending.signal, say, pause: 50 });
    const sizeOf = async () => {
      const { width, height } = await decodeImage(
        (await camera.newest())?.bytes ?? new Uint8Array(),
        'frame',
      );
      return [width, height];
    };
    expect(await sizeOf()).toEqual([64, 48]);
    server.drop();
    await expect.poll(camera.restarts, { timeout: 20_000 }).toBeGreaterThan(0);
    expect((await camera.next())?.bytes.length).toBeGreaterThan(64 * 48 * 3);
    expect(said.join()).toContain('ffmpeg starts again');
    expect(said.join()).not.toContain('secret');
    // A wrong password is said, without it.
    said.length = 0;
    await openCamera(server.url.replace('secret', 'wrong'), {
      rate: 10,
      signal: ending.signal,
      say,
      pause: 50,
    });
    await expect.poll(() => said.join(), { timeout: 20_000 }).toMatch(/ffmpeg says .*401/);
    expect(said.join()).not.toContain('wrong');
  });

  test('mint watch records what a camera shows, each image with its time', async () => {
    const detector = await tinyDetector();
    await detector.save(join(work.path, 'model'));
    detector.dispose();
    const history = join(work.path, 'line.sqlite');
    const flags = [
      '--model',
      join(work.path, 'model'),
      '--device',
      'onnx',
      '--history',
      history,
      '--keep-images',
      'all',
      '--format',
      'json',
    ];
    const watching = mintHere(['watch', '--source', source(60), '--every', '0.1', ...flags]);
    await expect
      .poll(
        async () => {
          const record = await openHistory(history);
          const rows = await record.list();
          await record.close();
          return rows.length;
        },
        { timeout: 30_000, interval: 300 },
      )
      .toBeGreaterThan(2);
    process.emit('SIGTERM');
    const { code, out } = await watching;
    await sleep(0);
    expect(code).toBe(0);
    const [row] = out.split('\n');
    expect(JSON.parse(row ?? '').picture).toMatch(/^lavfi:testsrc.* \d{4}-\d\d-\d\dT[\d:.]+Z$/);
    const record = await openHistory(history);
    for await (const { id } of record.all())
      expect((await record.images(id)).map(({ kind }) => kind)).toEqual(['thumbnail', 'anomaly map']);
    await record.close();
  });

  test.skipIf(!hasBroker)(
    needsBroker('a command by MQTT scores the next frame, and its reply says what was decided'),
    async () => {
      const detector = await tinyDetector();
      await detector.save(join(work.path, 'model'));
      detector.dispose();
      const port = await freePort();
      const broker = await startBroker(work.path, port);
      onTestFinished(() => stopBroker(broker));
      const address = `mqtt://127.0.0.1:${port}`;
      const plant = await mqtt.connectAsync(address);
      onTestFinished(() => plant.endAsync(true));
      const replies: unknown[] = [];
      plant.on('message', (_, payload) => replies.push(JSON.parse(String(payload))));
      await plant.subscribeAsync('t/reply');
      const flags = [
        '--model',
        join(work.path, 'model'),
        '--device',
        'onnx',
        '--class',
        'nut',
        '--format',
        'json',
      ];
      const messages = ['--trigger', 'mqtt', '--mqtt', address, '--mqtt-commands', '--mqtt-topic', 't'];
      const watching = mintHere(['watch', '--source', source(60), ...flags, ...messages]);
      await expect
        .poll(
          () => {
            if (replies.length === 0) plant.publish('t/command', '{"command": "trigger", "id": 7}');
            return replies[0];
          },
          { timeout: 30_000, interval: 500 },
        )
        .toEqual({ id: 7, ok: true, decision: 'alarm', score: expect.any(Number), class: 'nut' });
      process.emit('SIGTERM');
      expect((await watching).code).toBe(0);
      const wrong = mintHere(['watch', '--source', source(1), '--trigger', 'mqtt', ...flags]);
      await expect(wrong).rejects.toThrow(/needs --mqtt <address> and --mqtt-commands/);
    },
  );
});
