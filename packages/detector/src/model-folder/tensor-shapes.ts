import { backboneInfo, backboneSpecs } from '@mint/backbone';
import { prefixed } from '@mint/internal/tfjs';
import type { DetectorConfig } from '../config.js';
import { networkSpecs } from '../network.js';
import { trainedConfig, whiteningShape } from '../state.js';

/**
 * Shapes of all tensors of a `model.safetensors`. Added classes have tensors of their own: those of the trained detector are
 * the same bytes before and after.
 */
export function tensorShapes(
  all: DetectorConfig,
  addedClasses: number,
  classStats: boolean,
): Record<string, readonly number[]> {
  const config = trainedConfig(all, addedClasses);
  const channels = backboneInfo(config.backbone).totalChannels;
  const whitened = config.map !== 'distance';
  const weights = {
    ...prefixed('backbone/', backboneSpecs(config.backbone)),
    ...prefixed('network/', networkSpecs(config)),
  };
  const shapes: Record<string, readonly number[]> = {};
  for (const [name, { shape }] of Object.entries(weights)) shapes[name] = shape;
  shapes['features/mean'] = [channels];
  shapes['features/std'] = [channels];
  if (whitened) shapes['residual/whitening'] = whiteningShape(config, channels);
  for (let i = 0; i < addedClasses; i++) {
    shapes[`added/${i}/embedding`] = [config.queries.embedding];
    shapes[`added/${i}/mean`] = [channels];
    if (whitened) shapes[`added/${i}/whitening`] = [channels, channels];
  }
  if (classStats) {
    shapes['classes/means'] = [config.classes.length, channels];
    shapes['classes/std'] = [channels];
  }
  return shapes;
}
