import type { WeightsName } from '@mint/hub';
import { Argument, InvalidArgumentError, Option } from 'commander';
import { list, positiveCount } from './flags.js';

// The names are repeated here because the package that defines them takes long to load, and help must be quick.
const NAMES = {
  efficientnet_b4: true,
  resnet18: true,
  wide_resnet50_2: true,
  vit_tiny_patch16_224: true,
  vit_small_patch14_dinov2: true,
  vit_base_patch14_dinov2: true,
  vit_large_patch14_dinov2: true,
  vit_small_patch14_reg4_dinov2: true,
  vit_base_patch14_reg4_dinov2: true,
  vit_large_patch14_reg4_dinov2: true,
  vit_small_patch16_dinov3: true,
  vit_base_patch16_dinov3: true,
  'vit_tiny_patch16_dinov3_qkvb.eupe_lvd1689m': true,
} satisfies Record<WeightsName, true>;

/** Names of published weights, in the order of the table of `@mint/hub`. */
const WEIGHTS_NAMES = Object.keys(NAMES) as WeightsName[];

/** What `--backbone` takes. */
export type BackboneName = WeightsName | 'scattering';

const BACKBONE_NAMES: readonly string[] = [...WEIGHTS_NAMES, 'scattering'];

const isBackboneName = (name: string): name is BackboneName => BACKBONE_NAMES.includes(name);

/** The names in `a+b`; undefined when one of them is not known. */
export function backboneNames(text: string): BackboneName[] | undefined {
  const names = text.split('+').map((name) => name.trim());
  return names.every(isBackboneName) ? names : undefined;
}

/** What is wrong with a name that {@link backboneNames} does not take. */
export const UNKNOWN_BACKBONE = `Allowed choices are ${BACKBONE_NAMES.join(', ')}, or several joined by +.`;

export const backbone = () =>
  new Option(
    '--backbone <name>',
    'backbone, downloaded once; mint weights list says more, scattering needs no weights, a+b joins two (default: efficientnet_b4)',
  )
    .choices(BACKBONE_NAMES)
    .argParser((text) => {
      const names = backboneNames(text);
      if (names === undefined) throw new InvalidArgumentError(UNKNOWN_BACKBONE);
      return names;
    });

export const weights = () =>
  new Option(
    '--weights <file>',
    'backbone in a file instead: an EfficientNet, ResNet or vision transformer, .safetensors; a,b joins two',
  ).argParser(list);

export const input = () =>
  new Option(
    '--input <n>',
    'side of the square that images are resized to, in pixels, a multiple of the patch (default: that of the images, from 224 to 256; with tiles 224)',
  ).argParser(positiveCount);

export const half = () =>
  new Option('--half', 'round the backbone to float16, which halves its part of the model folder');

export const precision = () =>
  new Option(
    '--precision <type>',
    'products of transformers, in training statistics and in use: int8 is faster where the processor has instructions for it (default: float32)',
  ).choices(['float32', 'int8']);

export const weightsName = (flags = '<name>') =>
  new Argument(flags, 'weights, one of mint weights list').choices(WEIGHTS_NAMES);
