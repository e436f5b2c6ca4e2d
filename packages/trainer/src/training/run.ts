import { type DetectorState, MintDetector } from '@mint/detector';
import { MintError } from '@mint/internal';
import { learningRate } from '../config/schedule.js';
import { type CachedSample, readFeatures } from '../features/cached-features.js';
import { type EveryTrainHook, together } from '../logging/train-events.js';
import type { RunFolder } from '../run-folder/run-folder.js';
import { fitWithoutSuspects } from '../suspects/fit-without-suspects.js';
import { withMap } from '../whitening/whiten.js';
import { type BestEpoch, fromCheckpoint, toCheckpoint } from './best-epoch.js';
import { watchHealth } from './health.js';
import { Optimiser } from './optimiser.js';
import { type Batches, batchesOf } from './sampling.js';
import type { TrainOptions, TrainResult } from './train-options.js';
import { validate } from './validation.js';

/** A training in progress: its steps, epochs, validations and checkpoints. */
export class Run {
  readonly #folder: RunFolder;
  readonly #runHash: string;
  readonly #start: DetectorState;
  readonly #options: TrainOptions;
  readonly #batches: Batches;
  /** Steps of the whole run. */
  readonly #steps: number;
  readonly #hooks: EveryTrainHook;
  /** Loss of each step, resumed ones included. */
  readonly #losses: number[];
  readonly #mustStop: ReturnType<typeof watchHealth>;
  readonly #optimiser: Optimiser;
  #best: BestEpoch | undefined;

  /**
   * @param runHash - See `runHashOf`.
   * @param start - The untrained detector, with the statistics of its training images.
   */
  constructor(folder: RunFolder, runHash: string, start: DetectorState, options: TrainOptions) {
    const { samples, config, loggers = [] } = options;
    this.#folder = folder;
    this.#runHash = runHash;
    this.#start = start;
    this.#options = options;
    this.#batches = batchesOf(samples, config);
    this.#steps = config.epochs * this.#batches.stepsPerEpoch;
    this.#hooks = together([options, folder.logger, ...loggers]);
    this.#losses = folder.logged.flatMap((entry) => ('loss' in entry ? [Number(entry.loss)] : []));
    this.#mustStop = watchHealth(this.#losses, options.memoryLimit, options.onWarning);
    this.#optimiser = new Optimiser(start, config, folder.resumed);
    this.#best = fromCheckpoint(folder.resumed);
  }

  /** Takes the steps that are left, until the end or an abort. */
  async toEnd(): Promise<TrainResult> {
    let next = this.#isOver() ? undefined : this.#read(this.#optimiser.step);
    while (next !== undefined && !this.#isOver() && !this.#options.signal?.aborted) {
      const began = performance.now();
      const features = await next;
      next = this.#optimiser.step + 1 < this.#steps ? this.#read(this.#optimiser.step + 1) : undefined;
      // The read may fail while the step runs; its error is thrown where it is awaited.
      next?.catch(() => undefined);
      await this.#takeStep(features, began);
      if (this.#optimiser.step % this.#batches.stepsPerEpoch === 0) await this.#endEpoch();
      await this.#save(false);
      await this.#stopIfUnhealthy();
    }
    await this.#save(true);
    return this.#result();
  }

  /** Frees the tensors. */
  dispose(): void {
    this.#optimiser.dispose();
  }

  #read(step: number): Promise<Float32Array> {
    return readFeatures(this.#options.cache, this.#batches.at(step));
  }

  #isOver(): boolean {
    const { everyEpochs = 1, patience = Number.POSITIVE_INFINITY } = this.#options.config.validation ?? {};
    const { step } = this.#optimiser;
    const since = this.#best === undefined ? 0 : step - this.#best.step;
    return step >= this.#steps || since >= patience * everyEpochs * this.#batches.stepsPerEpoch;
  }

  async #takeStep(features: Float32Array, began: number): Promise<void> {
    const { schedule, learningRate: peak } = this.#options.config;
    const batch = this.#batches.at(this.#optimiser.step);
    const rate = learningRate(schedule, peak, this.#optimiser.step, this.#steps);
    const losses = await this.#optimiser.advance(features, batch, rate);
    if (!Number.isFinite(losses.loss)) throw await this.#diverged(losses.loss, batch);
    this.#losses.push(losses.loss);
    const { step } = this.#optimiser;
    await this.#hooks.onStep({
      step,
      steps: this.#steps,
      epoch: Math.ceil(step / this.#batches.stepsPerEpoch),
      learningRate: rate,
      ...losses,
      ms: performance.now() - began,
    });
  }

  async #diverged(loss: number, batch: readonly CachedSample[]): Promise<MintError> {
    const images = batch.map(({ sample }) => sample.id).join(', ');
    return new MintError(
      'DIVERGED',
      `training step ${this.#optimiser.step}: the loss is ${loss}; images of this step: ${images}; ` +
        `last good checkpoint: ${await this.#folder.lastCheckpoint()}. Train again with a lower learning rate.`,
    );
  }

  async #endEpoch(): Promise<void> {
    const { epochs, validation } = this.#options.config;
    const { stepsPerEpoch } = this.#batches;
    const { step } = this.#optimiser;
    const epoch = step / stepsPerEpoch;
    const recent = this.#losses.slice(-stepsPerEpoch);
    const meanLoss = recent.reduce((sum, loss) => sum + loss, 0) / recent.length;
    await this.#hooks.onEpoch({ step, epoch, epochs, meanLoss });
    if (validation !== undefined && (epoch % validation.everyEpochs === 0 || epoch === epochs))
      await this.#validate(epoch);
  }

  async #validate(epoch: number): Promise<void> {
    const { cache, validation = [] } = this.#options;
    const { step } = this.#optimiser;
    const weights = await this.#optimiser.weights();
    const detector = await this.#detectorOf(weights);
    const { score, perClass } = await validate(detector, cache, validation).finally(() => detector.dispose());
    // Of two equal scores the later counts: its loss is lower.
    const isBest = this.#best === undefined || score >= this.#best.score;
    if (isBest) this.#best = { step, score, weights };
    await this.#hooks.onEvaluate({ step, epoch, score, perClass, isBest });
    if (isBest) await this.#save(true);
  }

  /** The detector with these weights, complete. */
  #detectorOf(network: BestEpoch['weights']): Promise<MintDetector> {
    return withMap({ ...this.#start, network }, this.#options);
  }

  #save(must: boolean): Promise<void> {
    const { step } = this.#optimiser;
    const checkpoint = async () => {
      const { tensors, numbers } = toCheckpoint(this.#best);
      const all = { ...(await this.#optimiser.tensors()), ...tensors };
      return { step, runHash: this.#runHash, tensors: all, numbers };
    };
    return this.#folder.save(step, checkpoint, must);
  }

  async #stopIfUnhealthy(): Promise<void> {
    const reason = this.#mustStop(this.#optimiser.step, this.#losses.at(-1) ?? Number.NaN);
    if (reason === undefined) return;
    await this.#save(true);
    throw new MintError('UNAVAILABLE', `training stopped and saved at ${reason}. Free memory, then resume.`);
  }

  async #result(): Promise<TrainResult> {
    const finished = this.#isOver();
    const best = this.#best;
    const weights = best?.weights ?? (await this.#optimiser.weights());
    const state = { ...this.#start, network: weights };
    const fitted = finished
      ? await fitWithoutSuspects(state, this.#options)
      : { detector: MintDetector.fromState(state), suspects: [] };
    return {
      ...fitted,
      steps: this.#optimiser.step,
      finished,
      best: best && { step: best.step, score: best.score },
    };
  }
}
