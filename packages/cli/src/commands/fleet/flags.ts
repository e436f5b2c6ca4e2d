import type { Priority } from '@mint/fleet';
import type { FeatureFlags } from '../../shell/flags.js';
import type { TrainFlags } from '../train/flags.js';

/** Flags of every command of a fleet. */
export interface RedisFlags {
  /** Address of the Redis that holds the jobs. */
  readonly redis: string;
}

/** Flags of the commands that submit a batch. */
export interface SubmitFlags extends RedisFlags {
  readonly jobSize: number;
  readonly priority: Priority;
  /** Jobs that may wait for workers. */
  readonly ahead: number;
  /** False: the command ends when the batch is submitted. */
  readonly wait: boolean;
}

/** Flags of `mint fleet score`. */
export interface ScoreFlags extends SubmitFlags {
  readonly model: string;
  /** Store of the results; this, a history, or both. */
  readonly out?: string | undefined;
  readonly list?: string | undefined;
  readonly class?: string | undefined;
  readonly batchSize: number;
  readonly mmPerPixel?: number | undefined;
  readonly rate?: number | undefined;
  readonly history?: string | undefined;
  readonly station?: string | undefined;
}

/** Flags of `mint fleet features`: those of `mint train` that its features depend on. */
export type FeaturesFlags = SubmitFlags & TrainFlags & { readonly out: string };

/** Flags of `mint fleet worker`. */
export interface WorkerFlags extends RedisFlags, Pick<FeatureFlags, 'device' | 'threads'> {
  readonly lostAfter: number;
}

/** Flags of `mint fleet status`. */
export interface StatusFlags extends RedisFlags {
  readonly watch?: boolean | undefined;
}
