import { dirname, resolve } from 'node:path';
import { type DetectorConfig, MODEL_NAMES } from '@mint/detector';
import {
  PRESETS,
  PROTOCOLS,
  type PresetName,
  type ProtocolName,
  parseSettings,
  readJsonc,
  settings,
  trainConfigSchema,
} from '@mint/trainer';
import * as z from 'zod';
import { DEVICES } from '../../devices/names.js';
import { backboneNames, UNKNOWN_BACKBONE } from '../../shell/backbones.js';
import { list } from '../../shell/flags.js';

const count = z.int().min(1);

const networkSchema = settings({
  hidden: count.describe('width of the transformer, divisible by heads'),
  heads: count.describe('attention heads'),
  feedForward: count.describe('width of the feed-forward layers'),
  encoderLayers: count,
  decoderLayers: count,
  window: z.tuple([count, count]).describe('rows and columns of the neighbourhood that a token does not see'),
}) satisfies z.ZodType<DetectorConfig['network']>;

const queriesSchema = settings({
  mode: z.enum(['soft', 'label', 'hard', 'feature']).describe('source of the class information'),
  generator: z
    .enum(['siren', 'fourier', 'table'])
    .exactOptional()
    .describe('sine layers, ReLU layers on Fourier features, or a learned table'),
  embedding: count.describe('width of a class embedding'),
  trunkWidth: count.describe('width of the sine layers'),
  trunkLayers: count.describe('number of sine layers'),
  omega0: z.number().gt(0).describe('frequency factor of the sine layers'),
  classifierWidth: count.describe('width of the classifier’s hidden layer'),
  residual: z.boolean().describe('adds UniAD’s learned query table'),
}) satisfies z.ZodType<DetectorConfig['queries']>;

/** Settings of the detector that have no flag. */
const detectorSchema = settings({
  featureScaling: z
    .enum(['none', 'standardise'])
    .describe('none: features unchanged; standardise: each channel standardised'),
  map: z
    .enum(['distance', 'whitened', 'whitened-by-class', 'whitened-by-class-and-place'])
    .describe(
      'length of the residual, or its Mahalanobis length by the residuals of all classes, of the class, or of the class at the same place',
    ),
  upsampling: z
    .enum(['corners', 'centres'])
    .describe(
      'where the tokens lie when the map is enlarged: outer ones on the corners, or each in the middle of its cell',
    ),
  score: z.enum(['max', 'mean', 'std']).describe('how a map is reduced to a score'),
  network: networkSchema.exactPartial().describe('sizes of the reconstruction transformer'),
  queries: queriesSchema.exactPartial().describe('the class-aware queries of mint-ad'),
});

const backboneSchema = z.string().transform((text, context) => {
  const names = backboneNames(text);
  if (names === undefined) context.addIssue(UNKNOWN_BACKBONE);
  return names ?? z.NEVER;
});

const names = <T extends string>(record: Readonly<Record<T, unknown>>) => z.enum(Object.keys(record) as T[]);

/**
 * Settings in a file for `mint train --config`, each with a description. Every key can be left out. Keys of the first level
 * are flags of the command; `train` and `detector` override settings of the preset.
 */
export const configFileSchema = settings({
  preset: names<PresetName>(PRESETS).describe('preset to start from'),
  model: z
    .enum(MODEL_NAMES)
    .describe(
      'method: a network with class-aware queries (mint-ad) or learned ones (uniad), or statistics without a network (gaussian, memory)',
    ),
  backbone: backboneSchema.describe('backbone by name, or several joined by +; mint weights list says more'),
  weights: z
    .string()
    .transform(list)
    .describe(
      'backbone in a file instead of a name (.safetensors), relative to the folder of this file; several are separated by commas',
    ),
  input: z.int().min(1).max(4096).describe('side of the square that images are resized to, in pixels'),
  half: z.literal(true).describe('round the backbone to float16, which halves its part of the model folder'),
  precision: z
    .enum(['float32', 'int8'])
    .describe('how products of transformers are computed, in training statistics and in use'),
  multiScale: z.literal(true).describe('maps at several scales, for the model gaussian'),
  classes: z.array(z.string()).min(1).describe('use only these product classes'),
  goodWords: z.array(z.string()).min(1).describe('more names of folders of good images'),
  defectWords: z.array(z.string()).min(1).describe('more names of folders of images with defects'),
  root: z
    .string()
    .describe('folder that the paths of a list are relative to; itself relative to the folder of this file'),
  alpha: z.number().gt(0).lt(1).describe('share of good images that may raise an alarm'),
  review: z
    .number()
    .gt(0)
    .lt(1)
    .describe('share of good images that may be reviewed or raise an alarm, above alpha'),
  tiles: z.literal('auto').describe('cut large images into tiles at full resolution'),
  jpegDraft: z.literal(true).describe('decode large JPEG images at 1/2, 1/4 or 1/8 of their size'),
  protocol: names<ProtocolName>(PROTOCOLS).describe('conventions for preparing images and computing metrics'),
  seed: trainConfigSchema.shape.seed,
  device: z.enum(DEVICES).describe('device that computes'),
  cache: z.string().describe('feature cache, relative to the folder of this file, or s3://bucket/prefix'),
  tensorboard: z.boolean().describe('write event files for TensorBoard to tensorboard/ in the run folder'),
  overlays: z.int().min(0).describe('overlays to write for each kind of defect of each class'),
  strict: z.boolean().describe('stop at the first unreadable image instead of skipping it'),
  train: trainConfigSchema.omit({ seed: true }).exactPartial().describe('training; see @mint/trainer'),
  detector: detectorSchema.exactPartial().describe('the network'),
}).exactPartial();

export type ConfigFile = Readonly<z.output<typeof configFileSchema>>;

/**
 * Reads a configuration file: JSON with comments and trailing commas. Paths in it are relative to its folder.
 *
 * @throws MintError `NOT_FOUND`, or `INVALID_ARGUMENT` with file, setting, and the expected and actual values.
 */
export async function readConfigFile(path: string): Promise<ConfigFile> {
  const config = parseSettings(configFileSchema, await readJsonc('configuration', path), path);
  const { weights, cache, root } = config;
  const from = (other: string) => resolve(dirname(path), other);
  return {
    ...config,
    ...(weights === undefined ? {} : { weights: weights.map(from) }),
    ...(cache === undefined ? {} : { cache: cache.startsWith('s3://') ? cache : from(cache) }),
    ...(root === undefined ? {} : { root: from(root) }),
  };
}
