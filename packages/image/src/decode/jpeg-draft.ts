import { withInstance } from '@mint/internal';
import type { RgbImage } from '../types.js';
import { JPEG_DRAFT } from './jpeg-draft-module.js';

interface Decoder {
  readonly memory: WebAssembly.Memory;
  readonly allocate: (size: number) => number;
  readonly release: (pointer: number) => void;
  readonly decode: (bytes: number, length: number, denominator: number) => number;
  readonly width: () => number;
  readonly height: () => number;
}

const withDecoder = /* @__PURE__ */ withInstance<Decoder>(JPEG_DRAFT, {
  env: {
    fail: (code: number) => {
      throw new Error(`libjpeg's message ${code}`);
    },
  },
});

/**
 * Decodes a JPEG file at 1/1, 1/2, 1/4 or 1/8 of its size, which skips most of the inverse DCT. The bytes are those of
 * libjpeg-turbo's `scale_denom`, and so of Pillow's `Image.draft`. Gray becomes three equal channels; EXIF orientation and colour
 * profile are ignored. Needs WebAssembly with 128-bit SIMD: every processor on which sharp runs has it, and Safari from 16.4.
 *
 * @param denominator - Each side becomes ⌈side / denominator⌉.
 * @throws Error for any error or warning of libjpeg: missing or damaged data, or a kind of JPEG that it does not decode to RGB.
 *
 * @example
 * ```ts
 * import { decodeJpegDraft, draftDenominator, preprocessImage } from '@mint/image';
 * import sharp from 'sharp';
 *
 * const size = { width: 1024, height: 768 };
 * const file = await sharp({ create: { ...size, channels: 3, background: '#804020' } }).jpeg().toBuffer();
 * const preprocessing = { width: 224, height: 224, filter: 'bilinear', jpegDraft: true } as const;
 * const draft = decodeJpegDraft(file, draftDenominator(size, preprocessing));
 * console.log(draft.width, draft.height, preprocessImage(draft, preprocessing).width); // 512 384 224
 * ```
 */
export function decodeJpegDraft(bytes: Uint8Array, denominator: 1 | 2 | 4 | 8): RgbImage {
  return withDecoder((decoder) => {
    const { memory, allocate, release } = decoder;
    const file = allocate(bytes.length);
    if (file === 0) throw new Error('the decoder has not enough memory');
    new Uint8Array(memory.buffer).set(bytes, file);
    const pixels = decoder.decode(file, bytes.length, denominator);
    const [width, height] = [decoder.width(), decoder.height()];
    const data = new Uint8Array(memory.buffer).slice(pixels, pixels + width * height * 3);
    release(pixels);
    release(file);
    return { width, height, data };
  });
}
