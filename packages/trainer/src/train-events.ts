/** One training step, as it goes to `onStep` and `log.jsonl`. */
export interface StepEvent {
  /** Steps taken, this one included. */
  readonly step: number;
  readonly steps: number;
  /** Epoch of this step, from 1. */
  readonly epoch: number;
  readonly learningRate: number;
  readonly loss: number;
  readonly mse: number;
  readonly ce?: number;
  readonly prior?: number;
  /** Milliseconds this step took. */
  readonly ms: number;
}
