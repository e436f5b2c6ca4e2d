import type { RgbImage } from '@mint/image';
import { damaged } from './damaged.js';
import { openFile } from './libvips.js';
import { withoutWebpEnd } from './webp-end.js';

/** Whether a quarter of the image at any side has one colour. (Orientation may have turned the lower end to any side.) */
export function hasFlatSide({ width, height, data }: RgbImage): boolean {
  const [across, down] = [Math.ceil(width / 4), Math.ceil(height / 4)];
  const flat = (left: number, top: number, right: number, bottom: number) => {
    const first = 3 * (top * width + left);
    for (let y = top; y < bottom; y++) {
      for (let at = 3 * (y * width + left); at < 3 * (y * width + right); at += 3) {
        if (data[at] !== data[first] || data[at + 1] !== data[first + 1] || data[at + 2] !== data[first + 2])
          return false;
      }
    }
    return true;
  };
  return (
    flat(0, height - down, width, height) ||
    flat(0, 0, width, down) ||
    flat(0, 0, across, height) ||
    flat(width - across, 0, width, height)
  );
}

/**
 * Refuses a WebP file that decodes without its last bytes.
 *
 * @throws MintError `UNREADABLE_IMAGE`.
 */
export async function assertWebpEnd(bytes: Uint8Array, name: string): Promise<void> {
  const shorter = withoutWebpEnd(bytes);
  if (shorter === undefined) return;
  const decodes = await openFile(shorter)
    .stats()
    .then(
      () => true,
      () => false,
    );
  if (decodes) throw damaged(name, new Error('its last bytes do not belong to the image'));
}
