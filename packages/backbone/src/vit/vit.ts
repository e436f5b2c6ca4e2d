import { IMAGENET_MEAN, IMAGENET_STD } from '../align.js';
import type { BackboneDefinition, JsonField } from '../definition.js';
import { type VitConfig, vitInfo } from './config.js';
import { vitFeatures } from './features.js';
import { recogniseVit } from './recognise.js';
import { vitSpecs } from './specs.js';
import { loadVitWeights } from './weights.js';

const NORMALISATIONS = {
  imagenet: { mean: IMAGENET_MEAN, std: IMAGENET_STD },
  half: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
} as const;

function parsePositions(field: JsonField): VitConfig['positions'] {
  const kind = field.get('kind').oneOf('learned', 'rotary');
  if (kind === 'rotary') return { kind, temperature: field.get('temperature').number() };
  const grid = field.get('grid');
  const [rows, cols, ...rest] = grid.list(2).map((side) => side.int(1, 1024));
  if (rows === undefined || cols === undefined || rest.length > 0) return grid.fail('two numbers');
  return { kind, grid: [rows, cols], resample: field.get('resample').oneOf('antialias', 'offset') };
}

/** Vision transformers: DINOv2 with and without registers, DINOv3, plain ones. */
export const vit: BackboneDefinition<VitConfig> = {
  info: (config) => ({
    ...vitInfo(config),
    inputMultiple: config.patch,
    bytesPerPixel: Math.ceil((40 * 4 * (config.width + config.hidden)) / config.patch ** 2),
    normalisation: NORMALISATIONS[config.normalisation],
  }),
  specs: vitSpecs,
  features: vitFeatures,
  parse: (fields) => {
    const depth = fields.get('depth').int(1, 128);
    const block = (field: JsonField) => field.int(0, depth - 1);
    return {
      patch: fields.get('patch').int(1, 64),
      width: fields.get('width').int(1, 8192),
      depth,
      heads: fields.get('heads').int(1, 256),
      hidden: fields.get('hidden').int(1, 65_536),
      feedForward: fields.get('feedForward').oneOf('gelu', 'swiglu'),
      registers: fields.get('registers').int(0, 64),
      positions: parsePositions(fields.get('positions')),
      epsilon: fields.get('epsilon').number(),
      blocks: fields
        .get('blocks')
        .list(depth)
        .map((group) => (Array.isArray(group.value) ? group.list(depth).map(block) : block(group))),
      finalNorm: fields.get('finalNorm').flag(),
      normalisation: fields.get('normalisation').oneOf('imagenet', 'half'),
    };
  },
  recognise: recogniseVit,
  readWeights: loadVitWeights,
};
