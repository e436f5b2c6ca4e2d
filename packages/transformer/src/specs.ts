import { assertPositiveInt, MintError } from '@mint/internal';
import {
  normal,
  ones,
  uniform,
  type WeightSpec,
  type WeightSpecs,
  xavierUniform,
  zeros,
} from '@mint/internal/tfjs';
import type { ReconstructionConfig } from './config.js';

/**
 * Weights of the reconstruction transformer with UniAD's initialisation: linear layers Xavier-uniform with zero bias,
 * the attention's input projections from one packed `[d, 3d]` Xavier draw, norms 1 and 0, positions uniform [0, 1),
 * query tables N(0, 1). Layers of a stack start with equal input projections and query tables, as UniAD's deep
 * copies do; the other linear layers are drawn one by one.
 */
export function reconstructionSpecs(config: ReconstructionConfig): WeightSpecs {
  const { channels, grid, hidden, heads, feedForward, encoderLayers, decoderLayers } = config;
  for (const [name, value] of Object.entries({
    channels,
    hidden,
    heads,
    feedForward,
    encoderLayers,
    decoderLayers,
  })) {
    assertPositiveInt('reconstructionSpecs', name, value);
  }
  if (hidden % heads !== 0 || hidden % 2 !== 0) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `reconstructionSpecs: \`hidden\` must be even and divisible by \`heads\`, got ${hidden} and ${heads}.`,
    );
  }
  const [rows, cols] = grid;
  const specs: Record<string, WeightSpec> = {};
  const add = (name: string, shape: readonly number[], init: WeightSpec['init'], drawAs?: string) => {
    specs[name] = { shape, init, ...(drawAs === undefined ? {} : { drawAs }) };
  };
  const linear = (name: string, dIn: number, dOut: number) => {
    add(`${name}/kernel`, [dIn, dOut], xavierUniform());
    add(`${name}/bias`, [dOut], zeros);
  };
  const norm = (name: string) => {
    add(`${name}/gamma`, [hidden], ones);
    add(`${name}/beta`, [hidden], zeros);
  };
  const attention = (stack: string, layer: number, name: string) => {
    for (const part of ['q', 'k', 'v']) {
      const drawAs = `${stack}/*/${name}/${part}/kernel`;
      add(`${stack}/${layer}/${name}/${part}/kernel`, [hidden, hidden], xavierUniform(3 * hidden), drawAs);
      add(`${stack}/${layer}/${name}/${part}/bias`, [hidden], zeros);
    }
    linear(`${stack}/${layer}/${name}/out`, hidden, hidden);
  };
  const feed = (prefix: string) => {
    linear(`${prefix}/ff1`, hidden, feedForward);
    linear(`${prefix}/ff2`, feedForward, hidden);
  };

  linear('inputProj', channels, hidden);
  linear('outputProj', hidden, channels);
  add('position/row', [rows, hidden / 2], uniform(0, 1));
  add('position/col', [cols, hidden / 2], uniform(0, 1));
  for (let i = 0; i < encoderLayers; i++) {
    attention('encoder', i, 'attn');
    feed(`encoder/${i}`);
    norm(`encoder/${i}/norm1`);
    norm(`encoder/${i}/norm2`);
  }
  for (let i = 0; i < decoderLayers; i++) {
    if (config.queries === 'learned')
      add(`decoder/${i}/query`, [rows * cols, hidden], normal(), 'decoder/*/query');
    attention('decoder', i, 'attn1');
    attention('decoder', i, 'attn2');
    feed(`decoder/${i}`);
    for (const name of ['norm1', 'norm2', 'norm3']) norm(`decoder/${i}/${name}`);
  }
  norm('decoder/norm');
  return specs;
}
