import { MintError } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';
import { recognisedClass } from './added-class/added-class.js';
import { addedDistances } from './added-class/added-distances.js';
import { predictAdded } from './added-class/predict-added.js';
import { atTest } from './at-test.js';
import type { DetectorConfig } from './config.js';
import { type CreateOptions, initialState } from './create.js';
import { extractFeatures, toTokens } from './features.js';
import type { Interests } from './interest/interest.js';
import { predictImages, predictInside } from './interest/predict-inside.js';
import { forward } from './kinds/kinds.js';
import type { Calibration } from './limits/calibration.js';
import { type Decidable, type Decision, decide } from './limits/decide.js';
import { oodScore } from './limits/ood-score.js';
import { imageScore, upsample } from './maps/anomaly-map.js';
import { addedMap, trainedMap } from './maps/trained-map.js';
import { type FromUrlOptions, readModelUrl } from './model-folder/url.js';
import { writeDescription } from './model-folder/write.js';
import {
  type GivenClass,
  givenFor,
  type Prediction,
  type Residuals,
  readPredictions,
  type ScoredBatch,
  type TokenPrediction,
} from './prediction.js';
import { writeProbe } from './probe/folder-probe.js';
import { type DetectorState, type Provenance, trainedConfig } from './state.js';
import { type DetectorTensors, uploadState } from './tensors.js';

/**
 * One anomaly detector for all product classes: frozen backbone, reconstruction network, calibration.
 *
 * It owns its weights as tensors of the current tfjs backend; call {@link MintDetector.dispose} when done.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import { MintDetector, PAPER_CONFIG } from '@mint/detector';
 * import * as tf from '@tensorflow/tfjs-core';
 *
 * const detector = MintDetector.create({
 *   ...PAPER_CONFIG,
 *   classes: ['bolt', 'nut'],
 *   backbone: { kind: 'scattering' }, // has no weights
 *   input: { ...PAPER_CONFIG.input, width: 64, height: 64 },
 *   grid: [8, 8],
 *   network: { hidden: 16, heads: 2, feedForward: 32, encoderLayers: 1, decoderLayers: 1, window: [3, 3] },
 * });
 * await detector.save('models/parts'); // untrained: `train` of @mint/trainer gives a useful one
 * detector.dispose();
 *
 * const loaded = await MintDetector.load('models/parts');
 * const images = tf.randomUniform<tf.Rank.R4>([2, 64, 64, 3], 0, 255, 'float32', 0);
 * const [first] = await loaded.predict(images);
 * console.log(first?.anomalyMap.length, first?.classPosterior?.length); // 4096 2
 * if (first !== undefined) console.log(loaded.decide(first)); // { decision: 'none' }
 * loaded.dispose();
 * ```
 */
export class MintDetector {
  /** Everything but weights and measured numbers. */
  readonly config: DetectorConfig;
  /** Thresholds and colour scales; undefined before they are measured. */
  readonly calibration: Calibration | undefined;
  /** Where the model comes from, for people. */
  readonly provenance: Provenance | undefined;
  /** The classes that the network was trained on: `config.classes` without those that were added later. */
  readonly trainedClasses: readonly string[];
  readonly #state: DetectorState;
  readonly #tensors: DetectorTensors;

  private constructor(state: DetectorState) {
    this.config = state.config;
    this.calibration = state.calibration;
    this.provenance = state.provenance;
    this.trainedClasses = trainedConfig(state.config, state.added?.length ?? 0).classes;
    this.#state = state;
    this.#tensors = uploadState(state);
  }

  /** Channels of a token, C: the width of the aligned features. */
  get channels(): number {
    return this.#state.featureMean.length;
  }

  /**
   * A new, untrained detector with seeded weights.
   *
   * @throws MintError `INVALID_ARGUMENT` without classes, with the same class twice, with `tiles` beside `resize`,
   * `padToSquare` or `jpegDraft`, or with an input size that the backbone does not take; `MISSING_WEIGHT` when the
   * backbone has weights and they are not given.
   */
  static create(config: DetectorConfig, options: CreateOptions = {}): MintDetector {
    return new MintDetector(initialState(config, options));
  }

  /** A detector from its plain data, such as {@link MintDetector.toState} returns. */
  static fromState(state: DetectorState): MintDetector {
    return new MintDetector(state);
  }

  /**
   * Loads a model folder (Node.js).
   *
   * @throws MintError `NOT_FOUND`, `CORRUPT_FILE` or `UNSUPPORTED_VERSION`, naming the file.
   */
  static async load(folder: string): Promise<MintDetector> {
    const { readModelFolder } = await import('#model-folder');
    return new MintDetector(await readModelFolder(folder));
  }

  /**
   * Loads a model folder from a server: in a page, a worker or Node.js. The weights are checked against the SHA-256 in
   * `model.json`, and a page keeps them in its Cache Storage: it downloads them again only when that hash has changed.
   *
   * @param url - URL of the folder. A relative one is resolved against the page; a query is kept at the end of both files' URLs.
   * @throws MintError `NOT_FOUND`; `UNAVAILABLE` when the server cannot be reached or stops half-way, or the page is neither
   * from https nor from localhost; `CORRUPT_FILE` and `UNSUPPORTED_VERSION` as `load`. All name the file's URL.
   */
  static async fromUrl(url: string, options?: FromUrlOptions): Promise<MintDetector> {
    return new MintDetector(await readModelUrl(url, options));
  }

  /**
   * Writes `model.json` and the weights (Node.js). Whenever it is interrupted, also by a power cut, the folder holds the old model
   * or the new one. Scores a small image for `probe.json`; see `selfTest`.
   */
  async save(folder: string): Promise<void> {
    const { writeModelFolder } = await import('#model-folder');
    await writeModelFolder(folder, this.#state);
    await writeProbe(folder, this);
  }

  /** Writes `model.json` alone (Node.js), beside the same weights; see `writeDescription`. */
  async saveDescription(folder: string): Promise<void> {
    await writeDescription(folder, this.#state);
  }

  /** The detector as plain data; typed arrays are shared, not copied. */
  toState(): DetectorState {
    return this.#state;
  }

  /**
   * Frozen features of images, unscaled: what a training run caches. All pixels are seen; see `lookedAt`.
   *
   * @param images - `[B, H, W, 3]` RGB, 0 to 255, at the configured input size.
   * @returns `[B, rows, cols, C]`; the caller disposes it.
   * @throws MintError `SHAPE_MISMATCH` for images of another size.
   */
  features(images: tf.Tensor4D): tf.Tensor4D {
    const { width, height } = this.config.input;
    if (images.rank !== 4 || `${images.shape.slice(1)}` !== `${[height, width, 3]}`) {
      throw new MintError(
        'SHAPE_MISMATCH',
        `MintDetector: images must be [B, ${height}, ${width}, 3], got [${images.shape}].`,
      );
    }
    return extractFeatures(this.#tensors.backbone, this.config, images);
  }

  /**
   * Scores images.
   *
   * @param images - `[B, H, W, 3]` RGB, 0 to 255, at the configured input size and resized with its filter.
   * @param given - The class of all images or of each, where it is known: an added class, or one with a region of interest, is then
   * not recognised. Default: the recognised class.
   * @param interests - The own region of interest of each image, in place of that of its class. Default: that of its class.
   * @returns One prediction per image, in order. Scores do not depend on the other images of the batch.
   * @throws MintError `SHAPE_MISMATCH` for images of another size.
   */
  async predict(images: tf.Tensor4D, given?: GivenClass, interests: Interests = []): Promise<Prediction[]> {
    return predictImages(images, given, interests, this);
  }

  /**
   * {@link MintDetector.predict} on features, `[B, rows, cols, C]`; regions of interest say nothing about tiles (`isTile`). Where
   * the detector replaces pixels (`Calibration.outsidePixels`), the features are those of images with replaced pixels; see `lookOf`.
   */
  async predictFeatures(
    features: tf.Tensor4D,
    given?: GivenClass,
    isTile = false,
    interests?: Interests,
  ): Promise<Prediction[]> {
    const predict = (seen: tf.Tensor4D) => this.#predictWhole(seen, given);
    return isTile ? predict(features) : predictInside(features, given, this, predict, interests);
  }

  /** Predictions without regard to regions of interest. */
  async #predictWhole(features: tf.Tensor4D, given?: GivenClass): Promise<TokenPrediction[]> {
    const trained = await this.#predictTrained(features);
    if (this.#tensors.added.length === 0) return trained;
    return predictAdded(trained, {
      classes: this.config.classes,
      distances: await addedDistances(features, this.#tensors),
      classOf: (continued, i) => givenFor(given, i) ?? this.recognisedClass(continued),
      score: (added) => this.score(features, added),
    });
  }

  /**
   * What the network does not rebuild: reconstruction minus scaled features.
   *
   * @param features - `[B, rows, cols, C]`, unscaled, as from {@link MintDetector.features}.
   * @param added - An added class that all images show. Default: the network as it was trained.
   * @returns Tensors that the caller disposes.
   */
  residuals(features: tf.Tensor4D, added?: string): Residuals {
    return tf.tidy(() => {
      const { featureMean, featureStd, network } = this.#tensors;
      const tokens = toTokens(features, this.config.featureScaling, featureMean, featureStd);
      const ofClass = this.#added(added)?.weights;
      const { reconstruction, posterior } = forward(network, atTest(this.config), tokens, { ofClass });
      const residual = tf.sub(reconstruction, tokens) as tf.Tensor3D;
      return { residual, ...(posterior && { posterior }) };
    });
  }

  /**
   * Anomaly maps and scores as tensors.
   *
   * @param features - `[B, rows, cols, C]`, unscaled, as from {@link MintDetector.features}.
   * @param added - An added class that all images show. Default: the detector as it was trained.
   * @returns Tensors that the caller disposes.
   */
  score(features: tf.Tensor4D, added?: string): ScoredBatch {
    const { grid, input, score, upsampling } = this.config;
    return tf.tidy(() => {
      const { residual, posterior } = this.residuals(features, added);
      const own = this.#added(added);
      const tokens =
        own === undefined
          ? trainedMap(residual, grid, this.#tensors, posterior)
          : addedMap(residual, grid, own);
      const map = upsample(tokens, input.height, input.width, upsampling);
      const kept = this.calibration?.regionsOfInterest && { tokens };
      return { map, score: imageScore(map, score), ...(posterior && { posterior }), ...kept };
    });
  }

  /** Predictions of the detector as it was trained, whatever was added to it. */
  async #predictTrained(features: tf.Tensor4D): Promise<TokenPrediction[]> {
    const { classStats } = this.#tensors;
    const outputs = tf.tidy(() => {
      const scored = this.score(features);
      const oodScores = classStats && oodScore(features, classStats.means, classStats.std, scored.posterior);
      return { ...scored, oodScores };
    });
    return readPredictions(outputs, this.trainedClasses).finally(() => tf.dispose(outputs));
  }

  #added(className: string | undefined): DetectorTensors['added'][number] | undefined {
    const index = className === undefined ? -1 : this.config.classes.indexOf(className);
    return this.#tensors.added[index - this.trainedClasses.length];
  }

  /**
   * Compares a prediction with the thresholds of its class; see `decide`. Without calibration the decision is `'none'`.
   *
   * @param given - The image's class, where it is known. Default: the recognised class.
   */
  decide(prediction: Decidable, given?: string): Decision {
    const { calibration, config } = this;
    return calibration === undefined
      ? { decision: 'none' }
      : decide(prediction, calibration, config.classes, given);
  }

  /**
   * The class recognised in an image: the classifier's, or an added one. An added class takes an image over when the class
   * recognised so far calls it unknown and the image looks more like the added class than like any class before it.
   *
   * @param prediction - With the classifier's class and the out-of-distribution scores for all classes.
   */
  recognisedClass(prediction: Pick<Prediction, 'className' | 'oodScores'>): string | undefined {
    const { config, calibration } = this;
    return recognisedClass(prediction, config.classes, this.#tensors.added.length, calibration);
  }

  /** @deprecated Use {@link MintDetector.recognisedClass}. */
  takenFor(prediction: Pick<Prediction, 'className' | 'oodScores'>): string | undefined {
    return this.recognisedClass(prediction);
  }

  /** Frees the weights. The detector cannot be used afterwards. */
  dispose(): void {
    tf.dispose(this.#tensors);
  }
}
