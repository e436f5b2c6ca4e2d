import { backboneInfo, backboneSpecs } from '@mint/backbone';
import { prefixed } from '@mint/internal/tfjs';
import type { DetectorConfig } from '../config.js';
import { modelKind, networkSpecs } from '../kinds/kinds.js';
import { placeShapes, trainedConfig, whiteningShape } from '../state.js';

/**
 * Shapes of all tensors of a model's weights. Added classes have tensors of their own: those of the trained detector are
 * the same bytes before and after.
 *
 * @param directions - Those of the map `'whitened-by-class-and-place'`. Default: as many as channels, the most.
 */
export function tensorShapes(
  all: DetectorConfig,
  addedClasses: number,
  classStats: boolean,
  directions?: number,
): Record<string, readonly number[]> {
  const config = trainedConfig(all, addedClasses);
  const channels = backboneInfo(config.backbone).totalChannels;
  const byPlace = config.map === 'whitened-by-class-and-place';
  const whitened = config.map !== 'distance' && !byPlace;
  const weights = {
    ...prefixed('backbone/', backboneSpecs(config.backbone)),
    ...prefixed('network/', networkSpecs(config)),
  };
  const shapes: Record<string, readonly number[]> = {};
  for (const [name, { shape }] of Object.entries(weights)) shapes[name] = shape;
  shapes['features/mean'] = [channels];
  shapes['features/std'] = [channels];
  if (whitened) shapes['residual/whitening'] = whiteningShape(config, channels);
  const fits = directions !== undefined && directions > 0 && directions < channels;
  const places = byPlace ? placeShapes(config, channels, fits ? directions : channels) : undefined;
  if (places !== undefined) {
    shapes['residual/directions'] = places.directions;
    shapes['residual/triangles'] = places.triangles;
    shapes['residual/shared'] = places.shared;
  }
  for (let i = 0; i < addedClasses; i++) {
    for (const [name, { shape }] of Object.entries(modelKind(config).classSpecs(config)))
      shapes[`added/${i}/${name}`] = shape;
    shapes[`added/${i}/mean`] = [channels];
    if (whitened) shapes[`added/${i}/whitening`] = [channels, channels];
    if (places !== undefined) shapes[`added/${i}/triangles`] = places.added;
  }
  if (classStats) {
    shapes['classes/means'] = [config.classes.length, channels];
    shapes['classes/std'] = [channels];
  }
  return shapes;
}
