import { floatToHalf, halfToFloat, MintError, type TypedTensor } from '@mint/internal';
import type { DetectorState } from './state.js';

/**
 * Rounds the weights of the backbone to float16: the model folder shrinks, with a large backbone to about half. Scores change by
 * little; thresholds should be measured after the rounding, as `mint train --half` does.
 *
 * @param state - As from `MintDetector.toState`; it is not changed.
 * @throws MintError `INVALID_ARGUMENT` when a weight lies beyond ±65504, the range of float16.
 *
 * @example
 * ```ts no-run
 * import { halfBackbone, MintDetector } from '@mint/detector';
 *
 * const detector = await MintDetector.load('models/parts');
 * await MintDetector.fromState(halfBackbone(detector.toState())).save('models/parts-half');
 * ```
 */
export function halfBackbone<T extends Pick<DetectorState, 'backbone' | 'half'>>(state: T): T {
  const rounded = Object.entries(state.backbone).map(([name, tensor]) => [name, roundedTo16(name, tensor)]);
  return { ...state, backbone: Object.fromEntries(rounded), half: true };
}

function roundedTo16(name: string, { shape, data }: TypedTensor): TypedTensor {
  const rounded = Float32Array.from(data, (value) => halfToFloat(floatToHalf(value)));
  const beyond = rounded.findIndex((value) => !Number.isFinite(value));
  if (beyond < 0) return { shape, data: rounded };
  throw new MintError(
    'INVALID_ARGUMENT',
    `halfBackbone: backbone weight '${name}' has the value ${data[beyond]}, beyond ±65504; keep float32.`,
  );
}
