/** One training step. */
export interface StepEvent {
  /** Steps taken, this one included. */
  readonly step: number;
  /** Steps of the whole run. */
  readonly steps: number;
  /** Epoch of this step, from 1. */
  readonly epoch: number;
  /** Learning rate of this step. */
  readonly learningRate: number;
  /** L_MSE + λ_CE·L_CE + λ_Prior·L_Prior. */
  readonly loss: number;
  /** L_MSE. */
  readonly mse: number;
  /** L_CE; absent in UniAD. */
  readonly ce?: number;
  /** L_Prior; absent where there is no prior head. */
  readonly prior?: number;
  /** Milliseconds this step took. */
  readonly ms: number;
}

/** The end of an epoch. */
export interface EpochEvent {
  /** Steps taken. */
  readonly step: number;
  /** The epoch that ended, from 1. */
  readonly epoch: number;
  /** Epochs of the whole run. */
  readonly epochs: number;
  /** Mean loss of its steps. */
  readonly meanLoss: number;
}

/** A validation, at the end of an epoch; see `TrainConfig.validation`. */
export interface EvaluateEvent {
  /** Steps taken. */
  readonly step: number;
  /** The epoch that ended, from 1. */
  readonly epoch: number;
  /** Mean image AUROC over classes, of held-out good images against copies with synthetic anomalies. */
  readonly score: number;
  /** The same AUROC by class. */
  readonly perClass: Readonly<Record<string, number>>;
  /** No earlier validation was better. */
  readonly isBest: boolean;
}

/** Hooks of a run. What they return is awaited: a slow hook slows the run. */
export interface TrainHooks {
  /** After each step. */
  readonly onStep?: ((event: StepEvent) => unknown) | undefined;
  /** After the last step of an epoch. */
  readonly onEpoch?: ((event: EpochEvent) => unknown) | undefined;
  /** After `onEpoch`, where the epoch ends with a validation. */
  readonly onEvaluate?: ((event: EvaluateEvent) => unknown) | undefined;
}

/** Hooks of every kind. */
export type EveryTrainHook = { readonly [K in keyof TrainHooks]-?: NonNullable<TrainHooks[K]> };

/** All hooks as one, called in order. */
export function together(all: readonly TrainHooks[]): EveryTrainHook {
  return {
    onStep: async (event) => {
      for (const hooks of all) await hooks.onStep?.(event);
    },
    onEpoch: async (event) => {
      for (const hooks of all) await hooks.onEpoch?.(event);
    },
    onEvaluate: async (event) => {
      for (const hooks of all) await hooks.onEvaluate?.(event);
    },
  };
}
