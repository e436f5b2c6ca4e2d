import { basename } from 'node:path';
import type { PreparedPicture } from '@mint/data';
import type { MintDetector } from '@mint/detector';
import { MintError } from '@mint/internal';
import { writeFileAtomic } from '@mint/internal/node';
import { overlayOf } from '../overlays.js';
import type { Progress } from '../progress.js';
import { assertClass, createJudge, pictureAt, readPictures, scorePictures } from '../scoring.js';
import { Latency } from './latency.js';
import type { Row } from './rows.js';

export interface PredictorOptions {
  readonly batchSize: number;
  /** The class of all pictures. Default: the class each is taken for. */
  readonly class?: string;
  /** An unreadable picture ends the work. */
  readonly strict?: boolean;
  /** File of a picture's overlay. Default: none is written. */
  readonly overlayPath?: (picture: string) => string;
}

/** Pictures that were read and not yet scored. */
export interface Reading {
  readonly paths: readonly string[];
  readonly pictures: readonly (PreparedPicture | MintError)[];
  readonly began: number;
}

/** From picture files to rows: reads, scores and judges, writes overlays, tells of unreadable pictures. */
export class Predictor {
  readonly latency = new Latency();
  readonly #detector: MintDetector;
  readonly #options: PredictorOptions;
  readonly #progress: Pick<Progress, 'say'>;
  readonly #judge: ReturnType<typeof createJudge>;

  /** @throws MintError `INVALID_ARGUMENT` when the model does not know `options.class`. */
  constructor(detector: MintDetector, options: PredictorOptions, progress: Pick<Progress, 'say'>) {
    assertClass(detector, options.class);
    this.#detector = detector;
    this.#options = options;
    this.#progress = progress;
    this.#judge = createJudge(detector, progress.say);
  }

  async read(paths: readonly string[]): Promise<Reading> {
    const began = performance.now();
    return { paths, pictures: await readPictures(paths.map(pictureAt), this.#detector), began };
  }

  /** One row a picture, in order. @throws MintError of the first unreadable picture under `strict`. */
  async rows({ paths, pictures, began }: Reading): Promise<Row[]> {
    const { batchSize, strict, overlayPath } = this.#options;
    const given = pictures.map(() => this.#options.class);
    const scored = await scorePictures(this.#detector, pictures, batchSize, given);
    this.latency.add(paths.length, began);
    const rows: Row[] = [];
    for (const [i, result] of scored.entries()) {
      const picture = paths[i] ?? '';
      if (MintError.isInstance(result)) {
        if (strict) throw result;
        this.#progress.say(`left out: ${result.message}`);
        rows.push({ picture, decision: 'unreadable', error: result.message });
        continue;
      }
      rows.push({ picture, ...this.#judge(result, this.#options.class) });
      if (overlayPath === undefined) continue;
      const sample = { id: basename(picture), className: this.#options.class ?? '' };
      await writeFileAtomic(overlayPath(picture), overlayOf(this.#detector, { ...result, sample }));
    }
    return rows;
  }
}
