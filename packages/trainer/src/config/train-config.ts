import * as z from 'zod';
import type { Augmentation } from '../features/network-inputs.js';
import { scheduleSchema } from './schedule.js';
import { parseSettings, settings } from './settings.js';

const share = z.number().min(0).lt(1);
const change = z.number().min(0);

const augmentSchema = settings({
  /** Variants of each image. */
  copies: z.int().min(1).describe('variants of each image'),
  /** Left and right, one time in two. */
  mirror: z.boolean().exactOptional().describe('left and right, one time in two'),
  /** Top and bottom, one time in two. */
  flip: z.boolean().exactOptional().describe('top and bottom, one time in two'),
  /** Turns by 0, 90, 180 or 270 degrees; square input only. */
  quarterTurns: z.boolean().exactOptional().describe('turns by 0, 90, 180 or 270 degrees; square input only'),
  /** Largest turn either way, in degrees. */
  rotate: change.max(45).exactOptional().describe('largest turn either way, in degrees'),
  /** Largest relative change. */
  brightness: change.max(1).exactOptional().describe('largest relative change'),
  /** Largest relative change. */
  contrast: change.max(1).exactOptional().describe('largest relative change'),
  /** Largest relative change of each channel alone. */
  colour: change.max(1).exactOptional().describe('largest relative change of each channel alone'),
}) satisfies z.ZodType<Augmentation>;

const validationSchema = settings({
  /** Share of each class's training images kept out of training for validation, in (0, 1). */
  share: z
    .number()
    .gt(0)
    .lt(1)
    .describe('share of each class’s training images kept out of training for validation'),
  /** Copies of each of them with a synthetic anomaly, at least 1. */
  copies: z.int().min(1).describe('copies of each of them with a synthetic anomaly'),
  /** Epochs from one validation to the next, at least 1. */
  everyEpochs: z.int().min(1).describe('epochs from one validation to the next'),
  /** Validations without a better score after which training ends, at least 1. Default: it goes on to the last epoch. */
  patience: z
    .int()
    .min(1)
    .optional()
    .describe(
      'validations without a better score after which training ends; without it: never before the last epoch',
    ),
});

/**
 * The declaration of {@link TrainConfig}: every setting with its range. Each has a `description`, which `mint init` writes into
 * the file it makes.
 *
 * @hidden
 */
export const trainConfigSchema = settings({
  /** Seed of weights, dropout, jitter, data order and held-out images; an integer of at least 0. */
  seed: z.int().min(0).describe('of weights, dropout, jitter, data order and held-out images'),
  /** Times each image is learned, at least 1. */
  epochs: z.int().min(1).describe('times each image is learned'),
  /** Images per step, at least 1; those left over at the end of an epoch wait for the next one. */
  batchSize: z
    .int()
    .min(1)
    .describe('images per step; those left over at the end of an epoch wait for the next one'),
  /** Images in the network at once, to save memory; the gradients of a step are summed up. Default: all of them. */
  microBatchSize: z
    .int()
    .min(1)
    .optional()
    .describe(
      'images in the network at once, to save memory; the gradients of a step are summed up; without it: all',
    ),
  /** Peak learning rate of AdamW, more than 0. */
  learningRate: z.number().gt(0).describe('peak learning rate of AdamW'),
  /** How the learning rate changes over the run. */
  schedule: scheduleSchema.describe('how the learning rate changes: step, cosine or one-cycle'),
  /** Weight decay of AdamW, on every weight; 0 or more. */
  weightDecay: z.number().min(0).describe('of AdamW, on every weight'),
  /** Global norm that the gradients are clipped to, more than 0. */
  clipNorm: z.number().gt(0).describe('global norm that the gradients are clipped to'),
  /** Share of values dropped in attention, residual branches and feed-forward layers, in [0, 1). */
  dropout: share.describe('share of values dropped in attention, residual branches and feed-forward layers'),
  /** Weight of L_CE beside L_MSE, 0 or more. */
  lambdaCe: z.number().min(0).describe('weight of the class loss L_CE beside L_MSE'),
  /** Weight of L_Prior beside L_MSE, 0 or more. */
  lambdaPrior: z.number().min(0).describe('weight of the prior loss L_Prior beside L_MSE'),
  /** Share of each class's good training images kept out of training, for the thresholds; in [0, 1). */
  holdout: share.describe('share of each class’s good training images kept out of training, for the limits'),
  /** Changed copies of the training images, learned beside them. Default: none. */
  augment: augmentSchema
    .optional()
    .describe('changed copies of the training images, learned beside them; without it: none'),
  /** The model gets an exponential moving average of the weights with this decay per step, in (0, 1). Default: the last weights. */
  emaDecay: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .describe(
      'the model gets an exponential moving average of the weights with this decay per step; without it: the last weights',
    ),
  /** Every class is learned equally often, whatever its number of images. @defaultValue false */
  balanceClasses: z.boolean().optional().describe('every class equally often, whatever its number of images'),
  /** The model gets the weights of the best epoch. Default: those of the last. */
  validation: validationSchema
    .optional()
    .describe(
      'the model gets the weights of the epoch that best separates held-out good images from copies with synthetic anomalies; without it: the last',
    ),
});

/**
 * Every number of a training run that is not part of the detector itself. Plain JSON; `PRESETS` has complete ones except for
 * the seed.
 */
export interface TrainConfig extends Readonly<z.infer<typeof trainConfigSchema>> {}

/** How the best epoch is chosen: by held-out good images against copies of them with synthetic anomalies. */
export interface ValidationConfig extends Readonly<z.infer<typeof validationSchema>> {}

/**
 * Checks a complete training configuration.
 *
 * @param name - Where it comes from; messages begin with it.
 * @throws MintError `INVALID_ARGUMENT` naming the setting, what was expected and what was given; for an unknown setting, the nearest name.
 *
 * @example
 * ```ts
 * import { PRESETS, parseTrainConfig } from '@mint/trainer';
 *
 * console.log(parseTrainConfig({ ...PRESETS.cpu.train, seed: 0 }, 'my settings').epochs); // 8
 * ```
 */
export function parseTrainConfig(value: unknown, name: string): TrainConfig {
  return parseSettings(trainConfigSchema, value, name);
}
