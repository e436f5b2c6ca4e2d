import { parseBackbone } from '@mint/backbone';
import { assertPreprocessing } from '@mint/image';
import { printable } from '@mint/internal';
import type { DetectorConfig, InputConfig, NetworkConfig, QueryConfig } from '../config.js';
import { MODEL_NAMES, modelKind } from '../kinds/kinds.js';
import { assertScales, MOST_SCALES } from '../maps/scales.js';
import type { Field } from './field.js';

/** Larger than any real use; keeps a crafted file from asking for absurd amounts of memory. */
const LIMITS = { classes: 10_000, className: 1000, side: 4096, grid: 256, width: 8192, layers: 64 };

const width = (field: Field) => field.int(1, LIMITS.width);
const layers = (field: Field) => field.int(1, LIMITS.layers);
const gridSide = (field: Field) => field.int(1, LIMITS.grid);
const imageSide = (field: Field) => field.int(1, LIMITS.side);

/** The `config` of a `model.json`; every field is checked, none is trusted. */
export function parseConfig(config: Field): DetectorConfig {
  const model = config.get('model').oneOf(...MODEL_NAMES);
  const parsed: DetectorConfig = {
    model,
    classes: parseClasses(config.get('classes')),
    input: parseInput(config.get('input')),
    backbone: parseBackbone(config.get('backbone')),
    grid: config.get('grid').pair(gridSide),
    featureScaling: config.get('featureScaling').oneOf('none', 'standardise'),
    network: parseNetwork(config.get('network')),
    queries: parseQueries(config.get('queries')),
    map: !modelKind({ model }).recognisesClasses
      ? config.get('map').oneOf('distance', 'whitened')
      : config.get('map').oneOf('distance', 'whitened', 'whitened-by-class', 'whitened-by-class-and-place'),
    scales: config.get('scales').optional((scales) => scales.int(1, MOST_SCALES)),
    upsampling: config.get('upsampling').optional((name) => name.oneOf('corners', 'centres')),
    score: config.get('score').oneOf('max', 'mean', 'std'),
    precision: config.get('precision').optional((name) => name.oneOf('float32', 'int8')),
    seed: config.get('seed').int(0, Number.MAX_SAFE_INTEGER),
  };
  config.get('scales').fits((who) => assertScales(parsed, who));
  return parsed;
}

function parseClasses(field: Field): string[] {
  const names = field.list(LIMITS.classes).map((item) => {
    const name = item.text();
    return name === printable(name, LIMITS.className) ? name : item.fail('a short text on one line');
  });
  if (names.length === 0 || new Set(names).size !== names.length)
    return field.fail('class names, no two alike');
  return names;
}

/** Fields that older versions did not write are absent: nothing is padded, cropped, cut into tiles or decoded as a draft. */
function parseInput(field: Field): InputConfig {
  const input = {
    width: imageSide(field.get('width')),
    height: imageSide(field.get('height')),
    filter: field.get('filter').oneOf('bilinear', 'bicubic', 'lanczos'),
    mean: rgb(field.get('mean')),
    std: deviations(field.get('std')),
    padToSquare: field.get('padToSquare').optional((flag) => flag.flag()),
    resize: field.get('resize').optional(parseResize),
    tiles: field.get('tiles').optional((tiles) => tiles.oneOf('auto')),
    jpegDraft: field.get('jpegDraft').optional((flag) => flag.flag()),
  };
  field.fits((who) => assertPreprocessing(input, who));
  return input;
}

const parseResize = (field: Field): InputConfig['resize'] =>
  typeof field.value === 'number'
    ? imageSide(field)
    : { width: imageSide(field.get('width')), height: imageSide(field.get('height')) };

function rgb(field: Field): readonly [number, number, number] {
  const [r, g, b] = field.list(3).map((item) => item.number());
  return r !== undefined && g !== undefined && b !== undefined ? [r, g, b] : field.fail('three numbers');
}

function deviations(field: Field): readonly [number, number, number] {
  const std = rgb(field);
  return std.every((value) => value > 0) ? std : field.fail('three numbers above 0');
}

const parseNetwork = (field: Field): NetworkConfig => ({
  hidden: width(field.get('hidden')),
  heads: width(field.get('heads')),
  feedForward: width(field.get('feedForward')),
  encoderLayers: layers(field.get('encoderLayers')),
  decoderLayers: layers(field.get('decoderLayers')),
  window: field.get('window').pair(gridSide),
});

const parseQueries = (field: Field): QueryConfig => ({
  mode: field.get('mode').oneOf('soft', 'label', 'hard', 'feature'),
  generator: field.get('generator').optional((name) => name.oneOf('siren', 'fourier', 'table')),
  embedding: width(field.get('embedding')),
  trunkWidth: width(field.get('trunkWidth')),
  trunkLayers: layers(field.get('trunkLayers')),
  omega0: field.get('omega0').number(),
  classifierWidth: width(field.get('classifierWidth')),
  residual: field.get('residual').flag(),
});
