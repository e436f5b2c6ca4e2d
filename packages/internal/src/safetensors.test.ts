import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeSafetensors, encodeSafetensors, MintError } from './index.js';

const file = (header: unknown, data = new Uint8Array(0)): Uint8Array => {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
};

describe('safetensors', () => {
  test('reads what it wrote, byte for byte, with unaligned sizes in between', () => {
    const tensors = {
      a: { shape: [3], data: Uint8Array.of(1, 2, 255) },
      b: { shape: [2, 2], data: Float32Array.of(1.5, -0, Number.NaN, Number.NEGATIVE_INFINITY) },
      c: { shape: [], data: Float64Array.of(1 / 3) },
      d: { shape: [0, 7], data: new Int32Array(0) },
    };
    const read = decodeSafetensors(encodeSafetensors(tensors, { k: 'v' }), 'x');
    expect(read.metadata).toEqual({ k: 'v' });
    for (const [name, tensor] of Object.entries(tensors)) expect(read.tensors[name]).toEqual(tensor);
    const fromBuffer = decodeSafetensors(
      Buffer.concat([Buffer.alloc(3), encodeSafetensors(tensors)]).subarray(3),
      'x',
    );
    expect(fromBuffer.tensors).toEqual(read.tensors);
  });

  test('16-bit words are written as F16', () => {
    const half = { shape: [2], data: Uint16Array.of(0x3c00, 0xc000) };
    const { tensors } = decodeSafetensors(encodeSafetensors({ half }), 'x');
    expect(tensors.half).toEqual({ shape: [2], data: Float32Array.of(1, -2) });
  });

  test('F16 and BF16 become the float32 values they stand for', () => {
    const half = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00, 0x8000);
    const brain = Uint16Array.of(0x3f80, 0xc040, 0x7f80);
    const data = new Uint8Array(18);
    data.set(new Uint8Array(half.buffer));
    data.set(new Uint8Array(brain.buffer), 12);
    const { tensors } = decodeSafetensors(
      file(
        {
          h: { dtype: 'F16', shape: [6], data_offsets: [0, 12] },
          b: { dtype: 'BF16', shape: [3], data_offsets: [12, 18] },
        },
        data,
      ),
      'x',
    );
    expect(tensors.h?.data).toEqual(Float32Array.of(1, -2, 2 ** -24, 65504, Number.POSITIVE_INFINITY, -0));
    expect(tensors.b?.data).toEqual(Float32Array.of(1, -3, Number.POSITIVE_INFINITY));
  });

  test.each([
    ['empty', new Uint8Array(0), 'the header length alone takes 8'],
    ['header past the end', file('{}').subarray(0, 9), 'truncated'],
    ['giant header', Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1), 'the limit is'],
    ['no JSON', file('nope'), 'not JSON'],
    ['list', file([]), 'not a JSON object'],
    ['unknown dtype', file({ a: { dtype: 'Q4', shape: [], data_offsets: [0, 0] } }), 'dtype "Q4"'],
    [
      'inherited dtype',
      file({ a: { dtype: 'toString', shape: [], data_offsets: [0, 0] } }),
      'dtype "toString"',
    ],
    ['negative size', file({ a: { dtype: 'U8', shape: [-1], data_offsets: [0, 0] } }), 'an impossible shape'],
    [
      'offsets past the end',
      file({ a: { dtype: 'U8', shape: [9], data_offsets: [0, 9] } }),
      'ends at byte 9',
    ],
    [
      'size unequal',
      file({ a: { dtype: 'F32', shape: [1], data_offsets: [0, 1] } }, new Uint8Array(4)),
      'needs 4 bytes',
    ],
    [
      'overlap',
      file(
        {
          a: { dtype: 'U8', shape: [2], data_offsets: [0, 2] },
          b: { dtype: 'U8', shape: [2], data_offsets: [1, 3] },
        },
        new Uint8Array(3),
      ),
      'overlaps',
    ],
    [
      'a name twice',
      file(
        '{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"a":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}',
        new Uint8Array(3),
      ),
      'no tensor has the bytes before tensor "a"',
    ],
    [
      'bytes left over',
      file({ a: { dtype: 'U8', shape: [2], data_offsets: [0, 2] } }, new Uint8Array(3)),
      'no tensor has its last 1 bytes',
    ],
    ['deep nesting', file(`{"a":{"dtype":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`), 'a list of 1'],
    ['a long name', file({ ['a'.repeat(1e6)]: 1 }), /"a{60}…" has no description/],
  ])('refuses a broken file: %s', (_name, bytes, message) => {
    const read = () => decodeSafetensors(bytes, 'weights.safetensors');
    expect(read).toThrow(expect.objectContaining({ code: 'CORRUPT_FILE' }));
    expect(read).toThrow(/weights\.safetensors/);
    expect(read).toThrow(message);
  });

  test('any truncation or byte flip either reads or throws CORRUPT_FILE', () => {
    const good = encodeSafetensors(
      { a: { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) } },
      { m: 'x' },
    );
    fc.assert(
      fc.property(fc.nat(good.length), fc.nat(good.length - 1), fc.nat(255), (length, at, value) => {
        const bytes = good.slice();
        bytes[at] = value;
        try {
          decodeSafetensors(bytes.subarray(0, length), 'x');
        } catch (error) {
          if (!MintError.isInstance(error) || error.code !== 'CORRUPT_FILE') throw error;
        }
      }),
      { numRuns: 2000, seed: 1 },
    );
  });
});
