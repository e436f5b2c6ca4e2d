import * as z from 'zod';
import type { Augmentation } from '../features/network-inputs.js';
import type { Schedule } from './schedule.js';
import { parseSettings, settings } from './settings.js';

const share = z.number().min(0).lt(1);
const change = z.number().min(0);

const scheduleSchema = z.discriminatedUnion('kind', [
  settings({
    kind: z.literal('step'),
    at: z.number().gt(0).max(1).describe('share of the steps after which it falls'),
    gamma: z.number().gt(0).max(1).describe('factor by which it falls'),
  }),
  settings({ kind: z.literal('cosine'), warmup: share.describe('share of the steps in which it rises') }),
  settings({
    kind: z.literal('one-cycle'),
    warmup: z.number().gt(0).lt(1).describe('share of the steps in which it rises'),
    divFactor: z.number().gt(0).exactOptional().describe('peak over first rate; without it: 25'),
    finalDivFactor: z.number().gt(0).exactOptional().describe('first over last rate; without it: 10000'),
  }),
]) satisfies z.ZodType<Schedule>;

const augmentSchema = settings({
  copies: z.int().min(1).describe('variants of each image'),
  mirror: z.boolean().exactOptional().describe('left and right, one time in two'),
  flip: z.boolean().exactOptional().describe('top and bottom, one time in two'),
  quarterTurns: z.boolean().exactOptional().describe('turns by 0, 90, 180 or 270 degrees; square input only'),
  rotate: change.max(45).exactOptional().describe('largest turn either way, in degrees'),
  brightness: change.max(1).exactOptional().describe('largest relative change'),
  contrast: change.max(1).exactOptional().describe('largest relative change'),
  colour: change.max(1).exactOptional().describe('largest relative change of each channel alone'),
}) satisfies z.ZodType<Augmentation>;

const validationSchema = settings({
  share: z.number().gt(0).lt(1).describe('share of each class’s training images kept out of training for it'),
  copies: z.int().min(1).describe('made-up defects on each of them'),
  everyEpochs: z.int().min(1).describe('epochs from one to the next'),
  patience: z
    .int()
    .min(1)
    .exactOptional()
    .describe(
      'validations without a better score after which training ends; without it: never before the last epoch',
    ),
});

/**
 * The zod schema of `TrainConfig`. Each setting has a `description`, which `mint init` writes into the file it makes.
 *
 * @hidden
 */
export const trainConfigSchema = settings({
  seed: z.int().min(0).describe('of weights, dropout, jitter, data order and held-out images'),
  epochs: z.int().min(1).describe('times each image is learned'),
  batchSize: z
    .int()
    .min(1)
    .describe('images a step; those left over at an epoch’s end wait for the next one'),
  microBatchSize: z
    .int()
    .min(1)
    .exactOptional()
    .describe(
      'images at once in the network, to save memory; gradients of a step are summed up; without it: all',
    ),
  learningRate: z.number().gt(0).describe('peak learning rate of AdamW'),
  schedule: scheduleSchema.describe('how the learning rate changes: step, cosine or one-cycle'),
  weightDecay: z.number().min(0).describe('of AdamW, on every weight'),
  clipNorm: z.number().gt(0).describe('global norm the gradients are clipped to'),
  dropout: share.describe('share of values dropped in attention, residual branches and feed-forward layers'),
  lambdaCe: z.number().min(0).describe('weight of the class loss L_CE beside L_MSE'),
  lambdaPrior: z.number().min(0).describe('weight of the prior loss L_Prior beside L_MSE'),
  holdout: share.describe('share of each class’s good training images kept out of training, for the limits'),
  augment: augmentSchema
    .exactOptional()
    .describe('changed copies of the training images, learned beside them; without it: none'),
  emaDecay: z
    .number()
    .gt(0)
    .lt(1)
    .exactOptional()
    .describe(
      'the model gets an exponential moving average of the weights with this decay a step; without it: the last weights',
    ),
  balanceClasses: z
    .boolean()
    .exactOptional()
    .describe('every class equally often, whatever its number of images'),
  validation: validationSchema
    .exactOptional()
    .describe(
      'the model gets the weights of the epoch that tells held-out good images best from copies with made-up defects; without it: the last',
    ),
}) satisfies z.ZodType<TrainConfig>;

/**
 * Every number of a training run that is not part of the detector itself. Plain JSON; `PRESETS` has complete ones but for the
 * seed, `trainConfigSchema` is the zod schema behind it.
 */
export interface TrainConfig {
  /** Seed of weights, dropout, jitter, data order and held-out images; an integer of at least 0. */
  readonly seed: number;
  /** Times each image is learned, at least 1. */
  readonly epochs: number;
  /** Images a step, at least 1; those left over at an epoch's end wait for the next one. */
  readonly batchSize: number;
  /** Images at once in the network, to save memory; the gradients of a step are summed up. Default: all of them. */
  readonly microBatchSize?: number;
  /** Peak learning rate of AdamW, more than 0. */
  readonly learningRate: number;
  /** How the learning rate changes over the run. */
  readonly schedule: Schedule;
  /** Of AdamW, on every weight; 0 or more. */
  readonly weightDecay: number;
  /** Global norm that the gradients are clipped to, more than 0. */
  readonly clipNorm: number;
  /** Share of values dropped in attention, residual branches and feed-forward layers, in [0, 1). */
  readonly dropout: number;
  /** Weight of L_CE beside L_MSE, 0 or more. */
  readonly lambdaCe: number;
  /** Weight of L_Prior beside L_MSE, 0 or more. */
  readonly lambdaPrior: number;
  /** Share of each class's good training images kept out of training, for the limits; in [0, 1). */
  readonly holdout: number;
  /** Changed copies of the training images, learned beside them. Default: none. */
  readonly augment?: Augmentation;
  /** The model gets an exponential moving average of the weights with this decay a step, in (0, 1). Default: the last weights. */
  readonly emaDecay?: number;
  /** Every class is learned equally often, whatever its number of images. @defaultValue false */
  readonly balanceClasses?: boolean;
  /** The model gets the weights of the best epoch. Default: those of the last. */
  readonly validation?: ValidationConfig;
}

/** How the best epoch is told: by held-out good images against copies of them with made-up defects. */
export interface ValidationConfig {
  /** Share of each class's training images kept out of training for it, in (0, 1). */
  readonly share: number;
  /** Made-up defects on each of them, at least 1. */
  readonly copies: number;
  /** Epochs from one validation to the next, at least 1. */
  readonly everyEpochs: number;
  /** Validations without a better score after which training ends, at least 1. Default: it goes on to the last epoch. */
  readonly patience?: number;
}

/**
 * Checks a complete training configuration.
 *
 * @param name - Where it comes from; messages begin with it.
 * @throws MintError `INVALID_ARGUMENT` naming the setting, what was expected and what came; for an unknown one, the nearest.
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
