import type { RgbImage } from '@mint/image';
import { withInstance } from '@mint/internal';
import type { PngHeader } from './png-header.js';
import { PNG } from './png-module.js';

/** The decoder writes four bytes at a time. */
const MARGIN = 4;

interface Decoder {
  readonly memory: WebAssembly.Memory;
  readonly allocate: (size: number) => number;
  readonly release: (pointer: number) => void;
  /** 0 where the data is damaged, or there was not enough memory. */
  readonly decode: (...numbers: number[]) => number;
}

const withDecoder = withInstance<Decoder>(PNG);

/**
 * Decodes a plain PNG file, in less time than libvips takes. Gray becomes three equal channels.
 *
 * @param header - From `pngHeader`, of the same bytes.
 * @returns Undefined where the pixels are damaged or too many for WebAssembly: a full reader must then decide.
 */
export function decodePng(
  bytes: Uint8Array,
  { width, height, channels, data }: PngHeader,
): RgbImage | undefined {
  const length = data.reduce((sum, [begin, end]) => sum + end - begin, 0);
  const size = width * height * 3;
  return withDecoder(({ memory, allocate, release, decode }) => {
    const [stream, pixels] = [allocate(length), allocate(size + MARGIN)];
    let image: RgbImage | undefined;
    if (stream !== 0 && pixels !== 0) {
      const heap = new Uint8Array(memory.buffer);
      let at = stream;
      for (const [begin, end] of data) {
        heap.set(bytes.subarray(begin, end), at);
        at += end - begin;
      }
      if (decode(stream, length, width, height, channels, pixels) !== 0)
        image = { width, height, data: new Uint8Array(memory.buffer).slice(pixels, pixels + size) };
    }
    release(pixels);
    release(stream);
    return image;
  });
}
