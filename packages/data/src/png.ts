import { fromBase64 } from './base64.js';
import type { PngHeader } from './png-header.js';
import { PNG } from './png-module.js';
import type { RgbImage } from './types.js';

/** A decoder that had to grow beyond this is given up after use: WebAssembly memory never shrinks. */
const KEEP = 2 ** 26;
/** The decoder stores four bytes at a time. */
const MARGIN = 4;

interface Decoder {
  readonly memory: WebAssembly.Memory;
  readonly allocate: (size: number) => number;
  readonly release: (pointer: number) => void;
  /** 0 where the data is damaged, or there was not enough memory. */
  readonly decode: (...numbers: number[]) => number;
}

let compiled: WebAssembly.Module | undefined;
let decoder: Decoder | undefined;

/**
 * Decodes a plain PNG file, in less time than libvips takes. Gray becomes three equal channels.
 *
 * @param header - By `pngHeader`, of the same bytes.
 * @returns Undefined where the pixels are damaged or too many for WebAssembly: a full reader must then decide.
 */
export function decodePng(
  bytes: Uint8Array,
  { width, height, channels, data }: PngHeader,
): RgbImage | undefined {
  const current = decoder ?? instantiate();
  // What throws half-way leaves the memory as it is.
  decoder = undefined;
  const length = data.reduce((sum, [begin, end]) => sum + end - begin, 0);
  const size = width * height * 3;
  const [stream, pixels] = [current.allocate(length), current.allocate(size + MARGIN)];
  let image: RgbImage | undefined;
  if (stream !== 0 && pixels !== 0) {
    const memory = new Uint8Array(current.memory.buffer);
    let at = stream;
    for (const [begin, end] of data) {
      memory.set(bytes.subarray(begin, end), at);
      at += end - begin;
    }
    if (current.decode(stream, length, width, height, channels, pixels) !== 0)
      image = { width, height, data: new Uint8Array(current.memory.buffer).slice(pixels, pixels + size) };
  }
  current.release(pixels);
  current.release(stream);
  if (current.memory.buffer.byteLength <= KEEP) decoder = current;
  return image;
}

function instantiate(): Decoder {
  compiled ??= new WebAssembly.Module(fromBase64(PNG));
  return new WebAssembly.Instance(compiled).exports as unknown as Decoder;
}
