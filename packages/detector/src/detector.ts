import { backboneInfo, efficientNetSpecs } from '@mint/backbone';
import { MintError, type TypedTensor } from '@mint/internal';
import { drawWeights, toTensors } from '@mint/internal/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { type AddedClass, recognisedClass } from './added-classes.js';
import { imageScore, tokenMap, upsample } from './anomaly-map.js';
import { oodScore } from './class-stats.js';
import type { DetectorConfig } from './config.js';
import { type Decision, decide } from './decide.js';
import { extractFeatures, type FeatureStats, toTokens } from './features.js';
import { type DetectorState, trainedConfig, whiteningShape } from './model-file.js';
import type { Calibration, Provenance } from './model-json.js';
import { type FromUrlOptions, readModelUrl } from './model-url.js';
import { forward, networkSpecs } from './network.js';

/** What a detector says about one image. */
export interface Prediction {
  /** `[height, width]` row-major; larger is more anomalous. */
  readonly anomalyMap: Float32Array;
  /** Width of the map in pixels: of the network's input, or of the image where its tiles were put together. */
  readonly width: number;
  /** Height of the map in pixels, likewise. */
  readonly height: number;
  /** Image score in map units; larger is more anomalous. Compare it with scores of the same class. */
  readonly score: number;
  /**
   * Probability of each class, in the order of `config.classes`. Absent for UniAD, which has no classifier. An added class has
   * 1 or 0: whether an image is taken for it is a decision, see `recognisedClass`.
   */
  readonly classPosterior?: Float32Array;
  /** The most probable class. */
  readonly className?: string;
  /** How little the image looks like each class, in the same order; see `oodScore`. Absent without class statistics. */
  readonly oodScores?: Float32Array;
}

/** What a detector says about a batch of images, on the backend. */
export interface ScoredBatch {
  /** `[B, height, width]` at input size; larger is more anomalous. */
  readonly map: tf.Tensor3D;
  /** `[B]`. */
  readonly score: tf.Tensor1D;
  /** `[B, K]` over the trained classes; absent in UniAD. */
  readonly posterior?: tf.Tensor2D;
}

/** What the network does not rebuild of a batch of images. */
export interface Residuals {
  /** `[B, N, C]`: reconstruction minus scaled features. */
  readonly residual: tf.Tensor3D;
  /** `[B, K]` over the trained classes; absent in UniAD and where an added class was given. */
  readonly posterior?: tf.Tensor2D;
}

/** The class of all images, or of each; undefined where it is not known. */
export type GivenClass = string | readonly (string | undefined)[];

/** Options of {@link MintDetector.create}. */
export interface CreateOptions {
  /** Folded EfficientNet weights, from `loadEfficientNetWeights` of `@mint/backbone`. None for scattering. */
  readonly backbone?: Readonly<Record<string, TypedTensor>>;
  /** Statistics of the training features; needed when `featureScaling` is `'standardise'`. */
  readonly featureStats?: FeatureStats;
}

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
  /** Limits and colour scales; undefined before they are measured. */
  readonly calibration: Calibration | undefined;
  /** Where the model comes from, for people. */
  readonly provenance: Provenance | undefined;
  readonly #state: DetectorState;
  readonly #backbone: Record<string, tf.Tensor>;
  readonly #network: Record<string, tf.Tensor>;
  readonly #mean: tf.Tensor1D;
  readonly #std: tf.Tensor1D;
  readonly #whitening: tf.Tensor | undefined;
  readonly #classes: { readonly means: tf.Tensor2D; readonly std: tf.Tensor1D } | undefined;
  readonly #added: readonly AddedTensors[];

  private constructor(state: DetectorState) {
    this.#state = state;
    this.config = state.config;
    this.calibration = state.calibration;
    this.provenance = state.provenance;
    this.#backbone = keepAll(toTensors(state.backbone));
    this.#network = keepAll(toTensors(state.network));
    this.#mean = tf.keep(tf.tensor1d(state.featureMean));
    this.#std = tf.keep(tf.tensor1d(state.featureStd));
    const channels = state.featureMean.length;
    const trained = trainedConfig(state.config, state.added?.length ?? 0);
    this.#whitening =
      state.whitening && tf.keep(tf.tensor(state.whitening, whiteningShape(trained, channels)));
    this.#classes = state.classStats && {
      means: tf.keep(tf.tensor2d(state.classStats.means, [this.trainedClasses.length, channels])),
      std: tf.keep(tf.tensor1d(state.classStats.std)),
    };
    this.#added = (state.added ?? []).map((added) => addedTensors(added));
  }

  /** The classes that the network was trained on: `config.classes` but for those that were added later. */
  get trainedClasses(): readonly string[] {
    const { config, added = [] } = this.#state;
    return trainedConfig(config, added.length).classes;
  }

  /**
   * A new, untrained detector with seeded weights.
   *
   * @throws MintError `INVALID_ARGUMENT` without classes, with the same class twice, or with `tiles` beside `resize` or
   * `padToSquare`; `MISSING_WEIGHT` when an EfficientNet is configured and `backbone` is not given.
   */
  static create(config: DetectorConfig, { backbone = {}, featureStats }: CreateOptions = {}): MintDetector {
    if (config.classes.length === 0 || new Set(config.classes).size !== config.classes.length) {
      throw new MintError(
        'INVALID_ARGUMENT',
        `MintDetector.create: \`classes\` must be a non-empty list without repeats, got [${config.classes.join(', ')}].`,
      );
    }
    const { tiles, resize, padToSquare, jpegDraft } = config.input;
    if (tiles !== undefined && (resize !== undefined || padToSquare || jpegDraft)) {
      throw new MintError(
        'INVALID_ARGUMENT',
        'MintDetector.create: `input.tiles` shows all of an image; it cannot be combined with `resize`, `padToSquare` or `jpegDraft`.',
      );
    }
    if (config.model === 'uniad' && config.map === 'whitened-by-class') {
      throw new MintError(
        'INVALID_ARGUMENT',
        "MintDetector.create: UniAD knows no classes; give `map: 'whitened'` instead of 'whitened-by-class'.",
      );
    }
    if (config.backbone.kind === 'efficientnet') {
      const missing = Object.keys(efficientNetSpecs(config.backbone)).find(
        (name) => backbone[name] === undefined,
      );
      if (missing !== undefined) {
        throw new MintError(
          'MISSING_WEIGHT',
          `MintDetector.create: backbone weight '${missing}' is missing; pass the result of loadEfficientNetWeights.`,
        );
      }
    }
    const channels = backboneInfo(config.backbone).totalChannels;
    return new MintDetector({
      config,
      backbone,
      network: drawWeights(networkSpecs(config), config.seed),
      featureMean: featureStats?.mean ?? new Float32Array(channels),
      featureStd: featureStats?.std ?? new Float32Array(channels).fill(1),
    });
  }

  /** A detector from its plain data, such as {@link MintDetector.toState} gives. */
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
   * `model.json`, and a page keeps them in its Cache Storage: it asks for them again only when that has changed.
   *
   * @param url - Of the folder. A relative one counts from the page; a query stays at the end of both files' URLs.
   * @throws MintError `NOT_FOUND`; `UNAVAILABLE` when the server cannot be reached or stops half-way, or the page is neither
   * from https nor from localhost; `CORRUPT_FILE` and `UNSUPPORTED_VERSION` as `load`. All name the file's URL.
   */
  static async fromUrl(url: string, options?: FromUrlOptions): Promise<MintDetector> {
    return new MintDetector(await readModelUrl(url, options));
  }

  /** Writes `model.json` and `model.safetensors` (Node.js). A folder is never left with half a file. */
  async save(folder: string): Promise<void> {
    const { writeModelFolder } = await import('#model-folder');
    await writeModelFolder(folder, this.#state);
  }

  /**
   * Writes `model.json` alone (Node.js): other limits, the same weights.
   *
   * @throws MintError `INVALID_ARGUMENT` when the folder holds other weights than this detector.
   */
  async saveDescription(folder: string): Promise<void> {
    const { writeDescription } = await import('#model-folder');
    await writeDescription(folder, this.#state);
  }

  /** The detector as plain data; typed arrays are shared, not copied. */
  toState(): DetectorState {
    return this.#state;
  }

  /**
   * Frozen features of images, unscaled: what a training run caches.
   *
   * @param images - `[B, H, W, 3]` RGB, 0 to 255, at the configured input size.
   * @returns `[B, rows, cols, C]`; the caller disposes it.
   * @throws MintError `SHAPE_MISMATCH` for images of another size.
   */
  features(images: tf.Tensor4D): tf.Tensor4D {
    const { width, height } = this.config.input;
    if (
      images.shape.length !== 4 ||
      images.shape[1] !== height ||
      images.shape[2] !== width ||
      images.shape[3] !== 3
    ) {
      throw new MintError(
        'SHAPE_MISMATCH',
        `MintDetector: images must be [B, ${height}, ${width}, 3], got [${images.shape}].`,
      );
    }
    return extractFeatures(this.#backbone, this.config, images);
  }

  /**
   * Scores images.
   *
   * @param images - `[B, H, W, 3]` RGB, 0 to 255, at the configured input size and resized with its filter.
   * @param given - The class of all images or of each, where it is known; the only use made of it is that an added class
   * need not be recognised. Default: each image is scored as the class it is taken for.
   * @returns One prediction an image, in order. Scores do not depend on the other images of the batch.
   * @throws MintError `SHAPE_MISMATCH` for images of another size.
   */
  async predict(images: tf.Tensor4D, given?: GivenClass): Promise<Prediction[]> {
    const features = this.features(images);
    try {
      return await this.predictFeatures(features, given);
    } finally {
      features.dispose();
    }
  }

  /**
   * What the network does not rebuild: reconstruction minus scaled features.
   *
   * @param features - `[B, rows, cols, C]`, unscaled, as from {@link MintDetector.features}.
   * @param added - An added class, of which all images are. Default: the network as it was trained.
   * @returns Tensors that the caller disposes.
   */
  residuals(features: tf.Tensor4D, added?: string): Residuals {
    return tf.tidy(() => {
      const tokens = toTokens(features, this.config.featureScaling, this.#mean, this.#std);
      const prompt = this.#addedTensors(added)?.prompt;
      // At test the class is not given: the prompt mode 'label' falls back to the predicted class.
      const { reconstruction, posterior } = forward(
        this.#network,
        atTest(this.config),
        tokens,
        prompt === undefined ? {} : { prompt },
      );
      const residual = tf.sub(reconstruction, tokens) as tf.Tensor3D;
      return posterior === undefined ? { residual } : { residual, posterior };
    });
  }

  /** {@link MintDetector.predict} on features that were extracted before, `[B, rows, cols, C]`. */
  async predictFeatures(features: tf.Tensor4D, given?: GivenClass): Promise<Prediction[]> {
    const predictions = await this.#predictTrained(features);
    return this.#added.length === 0 ? predictions : this.#withAdded(features, predictions, given);
  }

  /**
   * Anomaly maps and scores as tensors, of the detector as it was trained, whatever was added to it.
   *
   * @param features - `[B, rows, cols, C]`, unscaled, as from {@link MintDetector.features}.
   * @returns Tensors that the caller disposes.
   */
  score(features: tf.Tensor4D): ScoredBatch {
    const { grid, input, score } = this.config;
    return tf.tidy(() => {
      const { residual, posterior } = this.residuals(features);
      const map = upsample(tokenMap(residual, grid, this.#whiteningOf(posterior)), input.height, input.width);
      return { map, score: imageScore(map, score), ...(posterior === undefined ? {} : { posterior }) };
    });
  }

  /** `[C, C]`, or `[B, C, C]`: of the class that each image is taken for. */
  #whiteningOf(posterior: tf.Tensor2D | undefined): tf.Tensor | undefined {
    const whitening = this.#whitening;
    return whitening?.rank === 3 && posterior !== undefined
      ? tf.gather(whitening, tf.argMax(posterior, 1))
      : whitening;
  }

  /** Predictions of the detector as it was trained, whatever was added to it. */
  async #predictTrained(features: tf.Tensor4D): Promise<Prediction[]> {
    const { config, trainedClasses } = this;
    const { height, width } = config.input;
    const outputs = tf.tidy(() => {
      const scored = this.score(features);
      const { means, std } = this.#classes ?? {};
      return {
        ...scored,
        ...(means === undefined || std === undefined
          ? {}
          : { strange: oodScore(features, means, std, scored.posterior) }),
      };
    });
    try {
      const [maps, scores, posterior, strange] = await Promise.all([
        outputs.map.data<'float32'>(),
        outputs.score.data<'float32'>(),
        outputs.posterior?.data<'float32'>(),
        outputs.strange?.data<'float32'>(),
      ]);
      const classes = trainedClasses.length;
      return Array.from(scores, (score, i) => {
        const ofClasses = (values: Float32Array) => values.slice(i * classes, (i + 1) * classes);
        const prediction = {
          anomalyMap: maps.slice(i * height * width, (i + 1) * height * width),
          width,
          height,
          score,
          ...(strange === undefined ? {} : { oodScores: ofClasses(strange) }),
        };
        if (posterior === undefined) return prediction;
        const classPosterior = ofClasses(posterior);
        const best = classPosterior.indexOf(Math.max(...classPosterior));
        return { ...prediction, classPosterior, className: config.classes[best] ?? '' };
      });
    } finally {
      tf.dispose(outputs);
    }
  }

  /**
   * Predictions of the trained detector, continued by the added classes: images of one are scored anew with its prompt. It
   * is a computation of its own, and over the whole batch, since a graph is compiled for each number of images.
   */
  async #withAdded(
    features: tf.Tensor4D,
    trained: readonly Prediction[],
    given: GivenClass | undefined,
  ): Promise<Prediction[]> {
    const { config } = this;
    const { classes } = config;
    const count = this.#added.length;
    const distances = await this.#distances(features);
    const predictions = trained.map((prediction, i): Prediction => {
      const { classPosterior = [], oodScores = [] } = prediction;
      const all = {
        ...prediction,
        classPosterior: Float32Array.from([...classPosterior, ...new Float32Array(count)]),
        oodScores: Float32Array.from([...oodScores, ...distances.subarray(i * count, (i + 1) * count)]),
      };
      const className = (typeof given === 'string' ? given : given?.[i]) ?? this.recognisedClass(all);
      if (className === undefined || this.#addedTensors(className) === undefined) return all;
      return {
        ...all,
        className,
        classPosterior: Float32Array.from(classes, (name) => Number(name === className)),
      };
    });
    const { width, height } = config.input;
    const size = width * height;
    for (const name of new Set(predictions.map(({ className }) => className))) {
      const added = this.#addedTensors(name);
      if (added === undefined) continue;
      const outputs = tf.tidy(() => {
        const { residual } = this.residuals(features, name);
        const map = upsample(tokenMap(residual, config.grid, added.whitening), height, width);
        return { map, score: imageScore(map, config.score) };
      });
      const [maps, scores] = await Promise.all([
        outputs.map.data<'float32'>(),
        outputs.score.data<'float32'>(),
      ]).finally(() => tf.dispose(outputs));
      predictions.forEach((prediction, i) => {
        if (prediction.className !== name) return;
        const anomalyMap = maps.slice(i * size, (i + 1) * size);
        predictions[i] = { ...prediction, anomalyMap, score: scores[i] as number };
      });
    }
    return predictions;
  }

  /** Out-of-distribution scores of images with regard to the added classes, `[B·A]`: the distance alone, since the classifier knows none of them. */
  async #distances(features: tf.Tensor4D): Promise<Float32Array> {
    const { std } = this.#classes ?? {};
    if (std === undefined) {
      const message = 'MintDetector: a detector with added classes needs class statistics (`classStats`).';
      throw new MintError('INVALID_ARGUMENT', message);
    }
    const distances = tf.tidy(() =>
      oodScore(features, tf.stack(this.#added.map(({ mean }) => mean)) as tf.Tensor2D, std),
    );
    return distances.data<'float32'>().finally(() => distances.dispose());
  }

  #addedTensors(className: string | undefined): AddedTensors | undefined {
    const index = className === undefined ? -1 : this.config.classes.indexOf(className);
    return this.#added[index - this.trainedClasses.length];
  }

  /**
   * Holds a prediction against the limits of its class; see `decide`. Without calibration the decision is `'none'`.
   *
   * @param given - The image's class, where it is known. Default: the class it is taken for.
   */
  decide(prediction: Pick<Prediction, 'score' | 'className' | 'oodScores'>, given?: string): Decision {
    const { calibration, config } = this;
    return calibration === undefined
      ? { decision: 'none' }
      : decide(prediction, calibration, config.classes, given);
  }

  /**
   * The class that a prediction of the trained network is taken for, which may be an added one; see `recognisedClass`.
   *
   * @param prediction - With the classifier's class and the out-of-distribution scores of all classes.
   */
  recognisedClass(prediction: Pick<Prediction, 'className' | 'oodScores'>): string | undefined {
    const { config, added = [], calibration } = this.#state;
    return recognisedClass(prediction, config.classes, added.length, calibration);
  }

  /** Frees the weights. The detector cannot be used afterwards. */
  dispose(): void {
    tf.dispose([this.#backbone, this.#network, this.#mean, this.#std]);
    this.#whitening?.dispose();
    tf.dispose(this.#classes);
    for (const { prompt, mean, whitening } of this.#added) {
      tf.dispose([prompt, mean]);
      whitening?.dispose();
    }
  }
}

/** {@link AddedClass} as tensors of the backend. */
interface AddedTensors {
  readonly prompt: tf.Tensor2D;
  readonly mean: tf.Tensor1D;
  readonly whitening: tf.Tensor2D | undefined;
}

function addedTensors({ embedding, mean, whitening }: AddedClass): AddedTensors {
  const channels = mean.length;
  return {
    prompt: tf.keep(tf.tensor2d(embedding, [1, embedding.length])),
    mean: tf.keep(tf.tensor1d(mean)),
    whitening: whitening && tf.keep(tf.tensor2d(whitening, [channels, channels])),
  };
}

function keepAll(tensors: Record<string, tf.Tensor>): Record<string, tf.Tensor> {
  for (const tensor of Object.values(tensors)) tf.keep(tensor);
  return tensors;
}

function atTest(config: DetectorConfig): DetectorConfig {
  if (config.queries.mode !== 'label') return config;
  return { ...config, queries: { ...config.queries, mode: 'hard' } };
}
