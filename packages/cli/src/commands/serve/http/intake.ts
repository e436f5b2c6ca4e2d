import { busy } from '../errors.js';

/** An image's share of the limits. */
export interface Place {
  /** Says how many bytes are really held. @throws Refusal with status 429 when there is no room for more. */
  readonly resize: (bytes: number) => void;
  /** Everything that was held is gone. */
  readonly leave: () => void;
}

/**
 * Counts the images of all requests, and the bytes of their files and answers, from before the first byte is read until nothing
 * is held any more. More than the limits are refused, which bounds the memory.
 */
export class Intake {
  readonly #limit: { readonly images: number; readonly bytes: number };
  #images = 0;
  #bytes = 0;
  #secondsPerImage = 0;

  constructor(limit: { readonly images: number; readonly bytes: number }) {
    this.#limit = limit;
  }

  /** Images being received, waiting, being scored, or answered. */
  get images(): number {
    return this.#images;
  }

  /** Bytes of their files and answers. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Notes how long a batch took: a client that is refused learns when to try again. */
  measured(images: number, seconds: number): void {
    this.#secondsPerImage = seconds / Math.max(1, images);
  }

  /** Lets one more image in. @throws Refusal with status 429 when there are too many, or too many bytes. */
  enter(bytes: number): Place {
    if (this.#images >= this.#limit.images) throw this.#busy();
    this.#take(bytes);
    this.#images += 1;
    let held = bytes;
    return {
      resize: (actual) => {
        this.#take(actual - held);
        held = actual;
      },
      leave: () => {
        this.#images -= 1;
        this.#bytes -= held;
      },
    };
  }

  #take(bytes: number): void {
    if (bytes > 0 && this.#bytes + bytes > this.#limit.bytes) throw this.#busy();
    this.#bytes += bytes;
  }

  #busy() {
    const seconds = Math.max(1, Math.ceil(this.#images * this.#secondsPerImage));
    return busy(this.#images, this.#bytes, seconds);
  }
}
