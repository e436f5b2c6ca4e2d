import { open, stat } from 'node:fs/promises';
import { OVERLAY_MARK } from '../text/overlay-mark.js';

/** The mark stands in the last chunk but one of a PNG, and at the end of a map. */
const TAIL = 64;

/** Names that overlays and maps have: `0001_part.jpg.png`, `part.jpg.tiff`, or any PNG in a folder `overlays`. Only these files are opened. */
const MAY_BE =
  /(^|[\\/])overlays[\\/].*\.png$|(^|[\\/])\d{4,}_[^\\/]*\.(png|tiff)$|\.[a-z]{3,5}\.(png|tiff)$/i;

/** Whether a file is an overlay, a mask or a map that was drawn here, by its name and its content. */
export async function isOverlayFile(path: string): Promise<boolean> {
  if (!MAY_BE.test(path)) return false;
  const info = await stat(path).catch(() => undefined);
  const file = info?.isFile() ? await open(path).catch(() => undefined) : undefined;
  if (info === undefined || file === undefined) return false;
  try {
    const { buffer } = await file.read(Buffer.alloc(TAIL), 0, TAIL, Math.max(0, info.size - TAIL));
    return buffer.includes(`Software\0${OVERLAY_MARK}`);
  } finally {
    await file.close();
  }
}
