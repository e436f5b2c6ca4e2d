import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { expect, test } from 'vitest';
import { tensorboardLogger } from '../index.js';
import { crc32c, tfRecord } from './tensorboard.js';

// The parts that are used of github.com/tensorflow/tensorboard, compat/proto/{event,summary}.proto, for a reader that is not ours.
const { root } = protobuf.parse(
  `
  syntax = "proto3";
  message Summary {
    message Value { string node_name = 7; string tag = 1; oneof value { float simple_value = 2; } }
    repeated Value value = 1;
  }
  message SessionLog {
    enum SessionStatus { STATUS_UNSPECIFIED = 0; START = 1; STOP = 2; CHECKPOINT = 3; }
    SessionStatus status = 1;
  }
  message Event {
    double wall_time = 1;
    int64 step = 2;
    oneof what { string file_version = 3; bytes graph_def = 4; Summary summary = 5; SessionLog session_log = 7; }
  }`,
  { keepCase: true },
);
const Event = root.lookupType('Event');

/** Events of a TFRecord file, whose checksums it checks. */
function decode(file: Buffer): Record<string, unknown>[] {
  const events: Record<string, unknown>[] = [];
  // As TensorFlow's reader: rotate back, then take the constant away.
  const unmasked = (value: number) => {
    const rotated = (value - 0xa282ead8) >>> 0;
    return ((rotated >>> 17) | (rotated << 15)) >>> 0;
  };
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    expect(unmasked(file.readUInt32LE(at + 8))).toBe(crc32c(file.subarray(at, at + 8)));
    const data = file.subarray(at + 12, at + 12 + length);
    expect(unmasked(file.readUInt32LE(at + 12 + length))).toBe(crc32c(data));
    const message = Event.decode(data);
    expect(Event.encode(message).finish()).toHaveLength(length);
    events.push(Event.toObject(message, { longs: Number, enums: String }));
    at += length + 16;
  }
  return events;
}

test('crc32c gives the values of RFC 3720, appendix B.4, and the check value of the Rocksoft catalogue', () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => 31 - i))).toBe(0x113fdb5c);
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
});

test('a record begins as every event file of TensorFlow does', () => {
  // The first 12 bytes: 24 bytes of data follow, and the masked checksum of that length.
  const [head, sum] = ['1800000000000000', 'a37f4b22'];
  expect(
    Buffer.from(tfRecord(new Uint8Array(24)))
      .toString('hex')
      .slice(0, 24),
  ).toBe(head + sum);
});

test('what is logged is read back by another implementation of protocol buffers', async () => {
  const folder = join(await mkdtemp(join(tmpdir(), 'mint-board-')), 'new', 'tensorboard');
  const { onStep, onEpoch, onEvaluate } = tensorboardLogger(folder);
  const before = Date.now() / 1000;
  await onStep({
    step: 129,
    steps: 300,
    epoch: 1,
    learningRate: 1e-4,
    loss: 0.5,
    mse: -0.25,
    ce: 2,
    prior: 1e-30,
    ms: 1,
  });
  await onEpoch({ step: 130, epoch: 1, epochs: 2, meanLoss: 0.75 });
  await onEvaluate({
    step: 2 ** 40,
    epoch: 1,
    score: 0.875,
    perClass: { 'Möhre rot': 1, b: 0.75 },
    isBest: true,
  });
  const names = await readdir(folder);
  expect(names).toEqual([expect.stringMatching(/^events\.out\.tfevents\.\d{10}\./)]);
  const events = decode(await readFile(join(folder, names[0] ?? '')));
  for (const { wall_time } of events) {
    expect(wall_time).toBeGreaterThanOrEqual(before);
    expect(wall_time).toBeLessThan(before + 60);
  }
  const scalar = (step: number, tag: string, value: number) => ({
    wall_time: expect.any(Number),
    step,
    summary: { value: [{ tag, simple_value: Math.fround(value) }] },
  });
  expect(events).toEqual([
    { wall_time: expect.any(Number), file_version: 'brain.Event:2' },
    { wall_time: expect.any(Number), step: 129, session_log: { status: 'START' } },
    scalar(129, 'train/loss', 0.5),
    scalar(129, 'train/mse', -0.25),
    scalar(129, 'train/ce', 2),
    scalar(129, 'train/prior', 1e-30),
    scalar(129, 'train/learning_rate', 1e-4),
    scalar(130, 'epoch/loss', 0.75),
    scalar(2 ** 40, 'validation/auroc', 0.875),
    scalar(2 ** 40, 'validation/auroc/Möhre rot', 1),
    scalar(2 ** 40, 'validation/auroc/b', 0.75),
  ]);
});
