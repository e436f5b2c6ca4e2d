import { areaUnderLogRate, auPimo, PIMO_BOUNDS } from '../pixels/au-pimo.js';
import type { PixelMetricDefinition, PixelStack } from './metric.js';

/** The mean of {@link auPimo}; not defined where normal images have too few pixels for its largest rate. */
export const AU_PIMO: PixelMetricDefinition = {
  of: 'pixels',
  exact: ({ stack }) => meanAuPimo(stack),
  drawn: ({ perImage: { rows, negatives, images } }) =>
    isDefined(negatives) ? areaUnderLogRate(rows, negatives, images, PIMO_BOUNDS) : undefined,
};

const isDefined = (normalPixels: number): boolean => normalPixels * PIMO_BOUNDS[1] >= 1;

/** An anomalous image with an empty mask is not normal and has nothing to find, so it is left out. */
function meanAuPimo({ maps, masks, size, normal }: PixelStack): number | undefined {
  const pixels = size.width * size.height;
  if (!isDefined(normal.filter(Boolean).length * pixels)) return undefined;
  const kept = normal.flatMap((isNormal, i) => {
    const at = i * pixels;
    return isNormal || masks.subarray(at, at + pixels).includes(1) ? [at] : [];
  });
  if (kept.length === normal.length) return auPimo(maps, masks, size).mean;
  const keptMaps = new Float32Array(kept.length * pixels);
  const keptMasks = new Uint8Array(kept.length * pixels);
  kept.forEach((at, i) => {
    keptMaps.set(maps.subarray(at, at + pixels), i * pixels);
    keptMasks.set(masks.subarray(at, at + pixels), i * pixels);
  });
  return auPimo(keptMaps, keptMasks, size).mean;
}
