import { basename } from 'node:path';
import type { PreparedImage } from '@mint/data';
import type { MintDetector } from '@mint/detector';
import { MintError } from '@mint/internal';
import { writeFileAtomic } from '@mint/internal/node';
import { overlayOf } from '../../output/overlays.js';
import { assertClass, createDecider } from '../../scoring/decisions.js';
import { imageAt, readImages } from '../../scoring/read-images.js';
import { scoreImages } from '../../scoring/score-images.js';
import type { Progress } from '../../shell/progress.js';
import { Latency } from './latency.js';
import type { Row } from './rows.js';

export interface PredictorOptions {
  readonly batchSize: number;
  /** Class of all images. Default: the recognised class of each image. */
  readonly class?: string | undefined;
  /** The first unreadable image ends the work. */
  readonly strict?: boolean | undefined;
  /** Path of an image's overlay. Default: no overlays are written. */
  readonly overlayPath?: ((image: string) => string) | undefined;
}

/** Images that were read but not yet scored. */
export interface Reading {
  readonly paths: readonly string[];
  readonly images: readonly (PreparedImage | MintError)[];
  readonly began: number;
}

/** From image files to rows: reads and scores images, decides about them, writes overlays, reports unreadable images. */
export class Predictor {
  readonly latency = new Latency();
  readonly #detector: MintDetector;
  readonly #options: PredictorOptions;
  readonly #progress: Pick<Progress, 'say'>;
  readonly #decide: ReturnType<typeof createDecider>;

  /** @throws MintError `INVALID_ARGUMENT` when the model does not know `options.class`. */
  constructor(detector: MintDetector, options: PredictorOptions, progress: Pick<Progress, 'say'>) {
    assertClass(detector, options.class);
    this.#detector = detector;
    this.#options = options;
    this.#progress = progress;
    this.#decide = createDecider(detector, progress.say);
  }

  async read(paths: readonly string[]): Promise<Reading> {
    const began = performance.now();
    return { paths, images: await readImages(paths.map(imageAt), this.#detector), began };
  }

  /** One row per image, in order. @throws MintError of the first unreadable image under `strict`. */
  async rows({ paths, images, began }: Reading): Promise<Row[]> {
    const { batchSize, strict, overlayPath } = this.#options;
    const given = images.map(() => this.#options.class);
    const scored = await scoreImages(this.#detector, images, batchSize, given);
    this.latency.add(paths.length, began);
    const rows: Row[] = [];
    for (const [i, result] of scored.entries()) {
      const image = paths[i] ?? '';
      if (MintError.isInstance(result)) {
        if (strict) throw result;
        this.#progress.say(`left out: ${result.message}`);
        rows.push({ picture: image, decision: 'unreadable', error: result.message });
        continue;
      }
      rows.push({ picture: image, ...this.#decide(result, this.#options.class) });
      if (overlayPath === undefined) continue;
      const sample = { id: basename(image), className: this.#options.class ?? '' };
      await writeFileAtomic(overlayPath(image), overlayOf(this.#detector, { ...result, sample }));
    }
    return rows;
  }
}
