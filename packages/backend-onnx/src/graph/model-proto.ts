import type { Attribute, Dtype, Shape, Signature, TypedArray } from './value.js';

/** A size of an input or output: a number, the name of a size that each run chooses, or `undefined` if it is open. */
export type Dimension = number | string | undefined;

/** An input or output of a graph. */
interface ValueInfo {
  name: string;
  dtype: Dtype | 'bfloat16';
  shape: readonly Dimension[];
}

/** A graph ready to be written as an ONNX model. Names are unique; an empty input name means "left out". */
export interface GraphDefinition {
  nodes: { name?: string; signature: Signature; inputs: string[]; outputs: string[] }[];
  inputs: ValueInfo[];
  outputs: ValueInfo[];
  initializers: { name: string; dtype: Dtype; shape: Shape; array: TypedArray }[];
}

const OPSET = 18;
const IR_VERSION = 9;

// TensorProto.DataType
const DATA_TYPE = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float64: 11,
  bfloat16: 16,
} as const;
// AttributeProto.AttributeType
const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, ints: 7 };

/** From this length on, bytes are not copied before the whole is put together. */
const LONG = 4096;

/** Just enough of protocol buffers to write onnx.proto (field numbers are those of that file). */
class Writer {
  /** What comes before the buffer. */
  private readonly parts: Uint8Array[] = [];
  private buffer = Buffer.allocUnsafe(256);
  private length = 0;

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.length + bytes));
    this.buffer.copy(grown, 0, 0, this.length);
    this.buffer = grown;
  }

  private varint(value: number): void {
    this.reserve(10);
    if (value < 0) {
      let rest = BigInt.asUintN(64, BigInt(value));
      while (rest > 127n) {
        this.buffer[this.length++] = Number(rest & 127n) | 128;
        rest >>= 7n;
      }
      this.buffer[this.length++] = Number(rest);
      return;
    }
    let rest = value;
    while (rest > 127) {
      this.buffer[this.length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.buffer[this.length++] = rest;
  }

  private append(value: Uint8Array): void {
    if (value.length < LONG) {
      this.reserve(value.length);
      this.buffer.set(value, this.length);
      this.length += value.length;
      return;
    }
    this.parts.push(this.buffer.subarray(0, this.length), value);
    this.buffer = Buffer.allocUnsafe(256);
    this.length = 0;
  }

  int(field: number, value: number): void {
    this.varint(field << 3);
    this.varint(value);
  }

  float(field: number, value: number): void {
    this.varint((field << 3) | 5);
    this.reserve(4);
    this.length = this.buffer.writeFloatLE(value, this.length);
  }

  bytes(field: number, ...values: readonly Uint8Array[]): void {
    this.varint((field << 3) | 2);
    this.varint(values.reduce((sum, { length }) => sum + length, 0));
    for (const value of values) this.append(value);
  }

  string(field: number, value: string): void {
    this.bytes(field, Buffer.from(value));
  }

  message(field: number, write: (writer: Writer) => void): void {
    const inner = new Writer();
    write(inner);
    this.bytes(field, ...inner.finish());
  }

  finish(): Uint8Array[] {
    return [...this.parts, this.buffer.subarray(0, this.length)];
  }
}

function writeAttribute(writer: Writer, name: string, value: Attribute): void {
  writer.string(1, name);
  if (typeof value === 'number') {
    writer.int(3, value);
    writer.int(20, ATTRIBUTE_TYPE.int);
  } else if (typeof value === 'string') {
    writer.string(4, value);
    writer.int(20, ATTRIBUTE_TYPE.string);
  } else if ('float' in value) {
    writer.float(2, value.float);
    writer.int(20, ATTRIBUTE_TYPE.float);
  } else {
    for (const item of value) writer.int(8, item);
    writer.int(20, ATTRIBUTE_TYPE.ints);
  }
}

function writeDimension(writer: Writer, size: Dimension): void {
  if (typeof size === 'number') writer.int(1, size);
  if (typeof size === 'string') writer.string(2, size);
}

function writeValueInfo(writer: Writer, info: ValueInfo): void {
  writer.string(1, info.name);
  writer.message(2, (type) =>
    type.message(1, (tensor) => {
      tensor.int(1, DATA_TYPE[info.dtype]);
      tensor.message(2, (shape) => {
        for (const size of info.shape) shape.message(1, (dimension) => writeDimension(dimension, size));
      });
    }),
  );
}

/** Serialises a graph as an ONNX ModelProto. */
export function encodeModel(graph: GraphDefinition): Uint8Array {
  const model = new Writer();
  model.int(1, IR_VERSION);
  model.string(2, '@mint/backend-onnx');
  const domains = new Set(graph.nodes.map(({ signature }) => signature.domain)).add('');
  for (const domain of domains) {
    model.message(8, (opset) => {
      opset.string(1, domain);
      opset.int(2, domain === '' ? OPSET : 1);
    });
  }
  model.message(7, (writer) => {
    for (const { name: nodeName, signature, inputs, outputs } of graph.nodes) {
      writer.message(1, (node) => {
        for (const name of inputs) node.string(1, name);
        for (const name of outputs) node.string(2, name);
        if (nodeName !== undefined) node.string(3, nodeName);
        node.string(4, signature.op);
        for (const [name, value] of Object.entries(signature.attributes)) {
          node.message(5, (attribute) => writeAttribute(attribute, name, value));
        }
        if (signature.domain !== '') node.string(7, signature.domain);
      });
    }
    writer.string(2, 'tfjs');
    for (const { name, dtype, shape, array } of graph.initializers) {
      writer.message(5, (tensor) => {
        for (const size of shape) tensor.int(1, size);
        tensor.int(2, DATA_TYPE[dtype]);
        tensor.string(8, name);
        tensor.bytes(9, new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
      });
    }
    for (const input of graph.inputs) writer.message(11, (info) => writeValueInfo(info, input));
    for (const output of graph.outputs) writer.message(12, (info) => writeValueInfo(info, output));
  });
  const { buffer, byteOffset, byteLength } = Buffer.concat(model.finish());
  return new Uint8Array(buffer, byteOffset, byteLength); // a Buffer is no Uint8Array in Vitest's vm pools
}
