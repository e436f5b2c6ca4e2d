import { normal, ones, type WeightSpec, type WeightSpecs, zeros } from '@mint/internal/tfjs';
import { neededDepth, type VitConfig, vitInfo } from './config.js';

/**
 * Shapes of the weights of {@link vitFeatures}. LayerScale is part of the projections that it scales, the position of the class
 * token part of that token. Random draws, for tests.
 *
 * @throws MintError as {@link vitInfo}.
 *
 * See the example of {@link vitFeatures}.
 */
export function vitSpecs(config: VitConfig): WeightSpecs {
  vitInfo(config);
  const { patch, width, hidden, registers, positions, feedForward, finalNorm } = config;
  const drawn = (...shape: number[]): WeightSpec => ({ shape, init: normal(0.02) });
  const dense = (name: string, from: number, to: number) => ({
    [`${name}/kernel`]: { shape: [from, to], init: normal(1 / Math.sqrt(from)) },
    [`${name}/bias`]: { shape: [to], init: zeros },
  });
  const norm = (name: string) => ({
    [`${name}/gamma`]: { shape: [width], init: ones },
    [`${name}/beta`]: { shape: [width], init: zeros },
  });
  const block = (name: string) => ({
    ...norm(`${name}/norm1`),
    ...dense(`${name}/attention/in`, width, 3 * width),
    ...dense(`${name}/attention/out`, width, width),
    ...norm(`${name}/norm2`),
    ...(feedForward === 'swiglu' ? dense(`${name}/mlp/gate`, width, hidden) : {}),
    ...dense(`${name}/mlp/up`, width, hidden),
    ...dense(`${name}/mlp/down`, hidden, width),
  });
  return {
    'patch/kernel': drawn(patch, patch, 3, width),
    'patch/bias': { shape: [width], init: zeros },
    class: drawn(1, width),
    ...(registers > 0 ? { registers: drawn(registers, width) } : {}),
    ...(positions.kind === 'learned'
      ? { positions: drawn(positions.grid[0] * positions.grid[1], width) }
      : {}),
    ...Object.assign({}, ...Array.from({ length: neededDepth(config) }, (_, i) => block(`block${i}`))),
    ...(finalNorm ? norm('norm') : {}),
  };
}
