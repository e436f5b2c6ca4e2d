import { appendFile, mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import type { EveryTrainHook } from './train-events.js';

/**
 * Writes scalars to an event file that TensorBoard reads: a TFRecord file of `Event` messages
 * (github.com/tensorflow/tensorboard, `compat/proto/event.proto`). Nothing is sent anywhere.
 *
 * A resumed run gets a second file in the folder; where it repeats steps, TensorBoard shows the later ones.
 *
 * See the example of {@link jsonlLogger}.
 *
 * @param folder - Created when missing; pass it, or a folder above it, to `tensorboard --logdir`.
 */
export function tensorboardLogger(folder: string): EveryTrainHook {
  const name = `events.out.tfevents.${Math.floor(Date.now() / 1000)}.${hostname()}.${process.pid}`;
  const path = join(folder, name);
  let isNew = true;
  const write = async (step: number, scalars: Readonly<Record<string, number>>) => {
    const wallTime = Date.now() / 1000;
    const events = Object.entries(scalars).map(([tag, value]) => scalarEvent({ wallTime, step, tag, value }));
    if (isNew) {
      await mkdir(dirname(path), { recursive: true });
      events.unshift(versionEvent(wallTime), startEvent(wallTime, step));
      isNew = false;
    }
    await appendFile(path, Buffer.concat(events.map(tfRecord)));
  };
  return {
    onStep: ({ step, learningRate, loss, mse, ce, prior }) =>
      write(step, {
        'train/loss': loss,
        'train/mse': mse,
        ...(ce === undefined ? {} : { 'train/ce': ce }),
        ...(prior === undefined ? {} : { 'train/prior': prior }),
        'train/learning_rate': learningRate,
      }),
    onEpoch: ({ step, meanLoss }) => write(step, { 'epoch/loss': meanLoss }),
    onEvaluate: ({ step, score, perClass }) =>
      write(step, {
        'validation/auroc': score,
        ...Object.fromEntries(
          Object.entries(perClass).map(([name, value]) => [`validation/auroc/${name}`, value]),
        ),
      }),
  };
}

interface Scalar {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  readonly tag: string;
  readonly value: number;
}

/** `Event { wall_time = 1, step = 2, summary = 5 { value = 1 { tag = 1, simple_value = 2 } } }`. */
function scalarEvent({ wallTime, step, tag, value }: Scalar): Uint8Array {
  const summaryValue = [...bytesField(1, Buffer.from(tag)), ...floatField(2, value)];
  return Uint8Array.from([
    ...doubleField(1, wallTime),
    ...varintField(2, step),
    ...bytesField(5, bytesField(1, summaryValue)),
  ]);
}

/** `Event { wall_time = 1, file_version = 3 }`, the first of a file. */
function versionEvent(wallTime: number): Uint8Array {
  return Uint8Array.from([...doubleField(1, wallTime), ...bytesField(3, Buffer.from('brain.Event:2'))]);
}

/** `Event { wall_time = 1, step = 2, session_log = 7 { status = 1: START } }`: earlier files' events from here on are void. */
function startEvent(wallTime: number, step: number): Uint8Array {
  return Uint8Array.from([
    ...doubleField(1, wallTime),
    ...varintField(2, step),
    ...bytesField(7, varintField(1, 1)),
  ]);
}

/** A record of a TFRecord file: length, its checksum, the data, their checksum. */
export function tfRecord(data: Uint8Array): Uint8Array {
  const record = Buffer.alloc(data.length + 16);
  record.writeBigUInt64LE(BigInt(data.length), 0);
  record.writeUInt32LE(maskedCrc32c(record.subarray(0, 8)), 8);
  record.set(data, 12);
  record.writeUInt32LE(maskedCrc32c(data), data.length + 12);
  return record;
}

const CRC32C = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0x82f63b78 : 0);
  return value;
});

/** CRC-32C (Castagnoli; RFC 3720, appendix B.4). */
export function crc32c(data: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of data) value = (value >>> 8) ^ (CRC32C[(value ^ byte) & 0xff] as number);
  return (value ^ 0xffffffff) >>> 0;
}

/** As in TFRecord files: rotated right by 15 bits, plus a constant. */
function maskedCrc32c(data: Uint8Array): number {
  const value = crc32c(data);
  return (((value >>> 15) | (value << 17)) + 0xa282ead8) >>> 0;
}

// Protocol buffers: a field is its number and wire type, then the value.

type Bytes = Iterable<number>;

const key = (field: number, wireType: number): number => (field << 3) | wireType;

/** Encodes a whole number of at least 0. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return [...bytes, rest];
}

const varintField = (field: number, value: number): number[] => [key(field, 0), ...varint(value)];

function bytesField(field: number, value: Bytes): number[] {
  const bytes = [...value];
  return [key(field, 2), ...varint(bytes.length), ...bytes];
}

function doubleField(field: number, value: number): number[] {
  return [key(field, 1), ...new Uint8Array(littleEndian(8, (view) => view.setFloat64(0, value, true)))];
}

function floatField(field: number, value: number): number[] {
  return [key(field, 5), ...new Uint8Array(littleEndian(4, (view) => view.setFloat32(0, value, true)))];
}

function littleEndian(size: number, set: (view: DataView) => void): ArrayBuffer {
  const buffer = new ArrayBuffer(size);
  set(new DataView(buffer));
  return buffer;
}
