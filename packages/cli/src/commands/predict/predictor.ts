import type { PreparedImage } from '@mint/data';
import type { Interests, MintDetector, PredictedImage, Prediction } from '@mint/detector';
import { MintError, onOneLine } from '@mint/internal';
import type { ModelPublisher } from '../../messages/publisher.js';
import { overlayOf, writeOverlay } from '../../output/overlays.js';
import { pictureOf } from '../../output/picture.js';
import { assertClass, createDecider, type ImageDecision } from '../../scoring/decisions.js';
import { measuredOf } from '../../scoring/measured.js';
import { type ImageFile, readImages } from '../../scoring/read-images.js';
import { HashedFiles, type ModelRecorder, type Recordable } from '../../scoring/recorder.js';
import { scoreImages } from '../../scoring/score-images.js';
import type { OwnInterests } from '../../shell/interest-files.js';
import type { Progress } from '../../shell/progress.js';
import { recordedName, titleOf } from './inline.js';
import { Latency } from './latency.js';
import type { Row } from './rows.js';

export interface PredictorOptions {
  readonly batchSize: number;
  /** Class of all images. Default: the recognised class of each image. */
  readonly class?: string | undefined;
  /** The first unreadable image ends the work. */
  readonly strict?: boolean | undefined;
  /** Path of an image's overlay, by the image's name. Default: no overlays are written. */
  readonly overlayPath?: ((image: string) => string) | undefined;
  /** Side of a pixel of the images in millimetres. Default: not known. */
  readonly mmPerPixel?: number | undefined;
  /** Gets each row before it is given. Default: no record is kept. */
  readonly recorder?: ModelRecorder | undefined;

  /** Gets each decision for others. Default: nobody is told. */
  readonly publisher?: ModelPublisher | undefined;
  /** Where single images are looked at. Default: as their class is. */
  readonly interests?: OwnInterests | undefined;
  /** Gets the regions of each image. Default: nothing is written about them. */
  readonly onRegions?:
    | ((image: string, prediction: Prediction, decision: ImageDecision) => Promise<void>)
    | undefined;
}

/** Images that were read but not yet scored. */
export interface Reading {
  readonly files: readonly ImageFile[];
  readonly images: readonly (PreparedImage | MintError)[];
  readonly began: number;
}

/** From image files to rows: reads and scores images, decides about them, writes overlays, reports unreadable images. */
export class Predictor {
  readonly latency = new Latency();
  /** Regions above the limit that size rules hid. */
  hidden = 0;
  readonly #detector: MintDetector;
  readonly #options: PredictorOptions;
  readonly #progress: Pick<Progress, 'say'>;
  readonly #decide: ReturnType<typeof createDecider>;
  readonly #hashed = new HashedFiles();

  /** @throws MintError `INVALID_ARGUMENT` when the model does not know `options.class`. */
  constructor(detector: MintDetector, options: PredictorOptions, progress: Pick<Progress, 'say'>) {
    assertClass(detector.config.classes, options.class);
    this.#detector = detector;
    this.#options = options;
    this.#progress = progress;
    this.#decide = createDecider(detector, progress.say, options.mmPerPixel);
  }

  async read(files: readonly ImageFile[]): Promise<Reading> {
    const began = performance.now();
    const { recorder, publisher } = this.#options;
    const watched =
      (recorder ?? publisher) === undefined ? files : files.map((file) => this.#hashed.watch(file));
    return { files, images: await readImages(watched, this.#detector), began };
  }

  /** One row per image, in order. @throws MintError of the first unreadable image under `strict`. */
  async rows({ files, images, began }: Reading): Promise<Row[]> {
    const { batchSize, strict, overlayPath } = this.#options;
    const given = images.map(() => this.#options.class);
    const interests = await this.#interestsOf(files);
    const scored = await scoreImages(this.#detector, images, batchSize, given, interests);
    this.latency.add(files.length, began);
    const milliseconds = (performance.now() - began) / Math.max(files.length, 1);
    const rows: Row[] = [];
    for (const [i, result] of scored.entries()) {
      const image = files[i]?.name ?? '';
      if (MintError.isInstance(result)) {
        if (strict) throw result;
        this.#progress.say(`left out: ${onOneLine(result.message)}`);
        rows.push({ picture: image, decision: 'unreadable', error: result.message });
        const { message: error } = result;
        await this.#record(image, { decision: { decision: 'unreadable' }, error, milliseconds });
        continue;
      }
      const decision = this.#decide(result, this.#options.class);
      rows.push({ picture: image, ...decision });
      await this.#record(image, { decision, milliseconds, ...this.#forRecord(result, decision) });
      this.hidden += decision.smallRegions?.length ?? 0;
      await this.#options.onRegions?.(image, result.prediction, decision);
      if (overlayPath === undefined) continue;
      const sample = { id: titleOf(image), className: this.#options.class ?? '' };
      const path = overlayPath(image);
      if (!(await writeOverlay(path, overlayOf(this.#detector, { ...result, sample }))))
        this.#progress.say(`note: ${path} is there and is no overlay, so it was not overwritten`);
    }
    return rows;
  }

  async #interestsOf(files: readonly ImageFile[]): Promise<Interests> {
    const { interests, class: className } = this.#options;
    if (interests === undefined) return [];
    return Promise.all(files.map(({ name }) => interests.of(name, className)));
  }

  /** What is recorded of a scored image beside the decision, where a record is kept. */
  #forRecord(scored: PredictedImage, { class: name }: ImageDecision): Partial<Recordable> {
    if ((this.#options.recorder ?? this.#options.publisher) === undefined) return {};
    return {
      picture: pictureOf(this.#detector, scored, name),
      measured: measuredOf(this.#detector, scored, name),
    };
  }

  async #record(image: string, item: Omit<Recordable, 'source' | 'imageHash' | 'model'>): Promise<void> {
    const { recorder, publisher } = this.#options;
    const whole = { ...item, source: recordedName(image), imageHash: this.#hashed.take(image) };
    const id = await recorder?.record(whole);
    publisher?.publish(whole, id);
  }
}
