import * as z from 'zod';
import type { Augmentation } from './network-inputs.js';
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
  copies: z.int().min(1).describe('variants of each picture'),
  mirror: z.boolean().exactOptional().describe('left and right, one time in two'),
  flip: z.boolean().exactOptional().describe('top and bottom, one time in two'),
  quarterTurns: z.boolean().exactOptional().describe('turns by 0, 90, 180 or 270 degrees; square input only'),
  rotate: change.max(45).exactOptional().describe('largest turn either way, in degrees'),
  brightness: change.max(1).exactOptional().describe('largest relative change'),
  contrast: change.max(1).exactOptional().describe('largest relative change'),
  colour: change.max(1).exactOptional().describe('largest relative change of each channel alone'),
}) satisfies z.ZodType<Augmentation>;

const validationSchema = settings({
  share: z
    .number()
    .gt(0)
    .lt(1)
    .describe('share of each class’s training pictures kept out of training for it'),
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

/** Every number of a training run that is not part of the detector itself, with what it means. */
export const trainConfigSchema = settings({
  seed: z.int().min(0).describe('of weights, dropout, jitter, data order and held-out pictures'),
  epochs: z.int().min(1).describe('times each picture is learned'),
  batchSize: z
    .int()
    .min(1)
    .describe('pictures a step; those left over at an epoch’s end wait for the next one'),
  microBatchSize: z
    .int()
    .min(1)
    .exactOptional()
    .describe(
      'pictures at once in the network, to save memory; gradients of a step are summed up; without it: all',
    ),
  learningRate: z.number().gt(0).describe('peak learning rate of AdamW'),
  schedule: scheduleSchema.describe('how the learning rate changes: step, cosine or one-cycle'),
  weightDecay: z.number().min(0).describe('of AdamW, on every weight'),
  clipNorm: z.number().gt(0).describe('global norm the gradients are clipped to'),
  dropout: share.describe('share of values dropped in attention, residual branches and feed-forward layers'),
  lambdaCe: z.number().min(0).describe('weight of the class loss L_CE beside L_MSE'),
  lambdaPrior: z.number().min(0).describe('weight of the prior loss L_Prior beside L_MSE'),
  holdout: share.describe(
    'share of each class’s good training pictures kept out of training, for the limits',
  ),
  augment: augmentSchema
    .exactOptional()
    .describe('changed copies of the training pictures, learned beside them; without it: none'),
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
    .describe('every class equally often, whatever its number of pictures'),
  validation: validationSchema
    .exactOptional()
    .describe(
      'the model gets the weights of the epoch that tells held-out good pictures best from copies with made-up defects; without it: the last',
    ),
});

/** Every number of a training run that is not part of the detector itself. Plain JSON; `trainConfigSchema` says what they mean. */
export type TrainConfig = Readonly<z.output<typeof trainConfigSchema>>;

/**
 * Checks a complete training configuration.
 *
 * @param name - Where it comes from; messages begin with it.
 * @throws MintError `INVALID_ARGUMENT` naming the setting, what was expected and what came; for an unknown one, the nearest.
 */
export function parseTrainConfig(value: unknown, name: string): TrainConfig {
  return parseSettings(trainConfigSchema, value, name);
}
