import { busy } from './errors.js';

/** Counts the images of all requests and refuses those over a limit, which bounds the memory. */
export class Intake {
  readonly #limit: number;
  #underWay = 0;
  #secondsPerImage = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Images being read, waiting or being scored. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Notes how long a batch took: a client that is refused learns when to try again. */
  measured(images: number, seconds: number): void {
    this.#secondsPerImage = seconds / Math.max(1, images);
  }

  /** Lets one more image in. @throws Refusal with status 429 when there are too many. */
  enter(): void {
    if (this.#underWay >= this.#limit)
      throw busy(this.#underWay, Math.max(1, Math.ceil(this.#underWay * this.#secondsPerImage)));
    this.#underWay += 1;
  }

  /** Images that entered are done, whether or not they were scored. */
  leave(images: number): void {
    this.#underWay -= images;
  }
}
