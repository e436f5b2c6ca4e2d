import { Random } from '@mint/internal';
import sharp from 'sharp';

/** A progressive JPEG with full colour, which takes a decoder the most memory: soft noise, so that the file stays small. */
export async function noisyJpeg(width: number, height: number, seed = 1): Promise<Uint8Array> {
  const random = new Random(seed);
  const [columns, rows] = [Math.ceil(width / 16), Math.ceil(height / 16)];
  const data = Uint8Array.from({ length: columns * rows * 3 }, () => random.int(256));
  return sharp(data, { raw: { width: columns, height: rows, channels: 3 } })
    .resize(width, height, { fit: 'fill' })
    .jpeg({ progressive: true, chromaSubsampling: '4:4:4', quality: 80 })
    .toBuffer();
}
