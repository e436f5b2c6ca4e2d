import type { Size } from '@mint/data';
import { markLimit, type Prediction, regions } from '@mint/detector';
import { own } from '@mint/internal';
import type { Outline, OverlayOptions } from '@mint/report';
import type { Deciding } from '../scoring/decisions.js';

/**
 * What marks an image's heat map: the limit, and the outlines of the regions above it.
 *
 * @param className - Class that the image shows, where none is recognised.
 * @param shown - Size at which the map is drawn.
 */
export function marksOf(
  detector: Deciding,
  prediction: Prediction,
  className: string,
  shown: Size,
): Pick<OverlayOptions, 'limit' | 'outlines'> {
  const { calibration, config } = detector;
  const name = prediction.className ?? className;
  if (calibration === undefined || !config.classes.includes(name)) return {};
  const edges = (prediction.interest ?? []).map((ring) => ({
    ring: ring.map(([x, y]) => [x * shown.width, y * shown.height] as const),
    isEdge: true,
  }));
  const limit = markLimit(detector.decide(prediction, name), calibration);
  if (limit === undefined) return { outlines: edges };
  const rule = own(calibration.sizeRules, name);
  const outlines = regions(prediction, limit, { rule }).flatMap(({ outline, isSmall }) =>
    outline.map((ring) => ({ ring: onMap(ring, prediction, shown), isFaint: isSmall })),
  );
  return { limit, outlines: [...edges, ...outlines] };
}

/** A ring in pixels of the image, in pixels of its map as it is shown. */
function onMap(ring: Outline['ring'], { frame, width, height }: Prediction, shown: Size): Outline['ring'] {
  const { left, top, scale } = frame ?? { left: 0, top: 0, scale: [1, 1] };
  return ring.map(([x, y]) => [
    ((x - left) / scale[0]) * (shown.width / width),
    ((y - top) / scale[1]) * (shown.height / height),
  ]);
}
