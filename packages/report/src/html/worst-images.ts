import { panelBytes } from './images.js';
import type { ReportImage } from './report-data.js';

/** Bytes of all embedded images; base64 makes a third more of them. */
const IMAGE_BYTES = 10_000_000;
/** Worst misses, and worst false alarms, shown for each class. */
const WORST = 6;

/**
 * The images of a class with the worst scores, at most 6, the worst first.
 *
 * See the example of {@link htmlReport}.
 *
 * @param label - `anomalous`: misses, the lowest scores. `normal`: false alarms, the highest.
 */
export function worstImages<T extends Pick<ReportImage, 'className' | 'label' | 'score'>>(
  images: readonly T[],
  className: string,
  label: ReportImage['label'],
): T[] {
  const sign = label === 'normal' ? -1 : 1;
  return images
    .filter((p) => p.className === className && p.label === label)
    .sort((a, b) => sign * (a.score - b.score))
    .slice(0, WORST);
}

/** The images whose panels go into the report: rank by rank over the classes, until the bytes are used up. */
export function embeddedImages(classes: readonly string[], images: readonly ReportImage[]): Set<ReportImage> {
  const lists = classes.flatMap((name) => [
    worstImages(images, name, 'anomalous'),
    worstImages(images, name, 'normal'),
  ]);
  const chosen = new Set<ReportImage>();
  let bytes = 0;
  for (let rank = 0; rank < WORST; rank++) {
    for (const image of lists.flatMap((list) => list.slice(rank, rank + 1))) {
      const size = image.panels === undefined ? 0 : panelBytes(image.panels);
      if (size === 0 || bytes + size > IMAGE_BYTES) continue;
      bytes += size;
      chosen.add(image);
    }
  }
  return chosen;
}
