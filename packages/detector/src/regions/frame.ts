import type { MapFrame } from '@mint/image';
import type { Prediction } from '../prediction.js';

/** Where a prediction's map lies in its image; the map is the image where that is not known. */
export const frameOf = ({ frame, width, height }: Pick<Prediction, 'frame' | 'width' | 'height'>): MapFrame =>
  frame ?? { image: { width, height }, left: 0, top: 0, scale: [1, 1] };

/** The map with −∞ where it lies beyond the image, in what was padded; the map itself where nothing was. */
export function withinImage(
  map: Float32Array,
  width: number,
  { image, left, top, scale }: MapFrame,
): Float32Array {
  if (left >= 0 && top >= 0) return map;
  const isInside = (at: number, start: number, step: number, length: number) => {
    const place = start + step * (at + 0.5);
    return place >= 0 && place <= length;
  };
  return map.map((value, i) => {
    const x = i % width;
    const inside =
      isInside(x, left, scale[0], image.width) && isInside((i - x) / width, top, scale[1], image.height);
    return inside ? value : Number.NEGATIVE_INFINITY;
  });
}
