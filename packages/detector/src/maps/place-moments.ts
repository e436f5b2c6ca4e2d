import { triangleSize } from './triangle.js';

/** Second moments of the projected residuals of one class, at each place of the token grid. */
export interface ClassMoments {
  /** Images that were measured. */
  readonly images: number;
  /** `[N·d(d+1)/2]`: for each token the mean of `p·pᵀ` over the images, as a packed lower triangle; 0 without images. */
  readonly moments: Float32Array;
}

/**
 * Measures {@link ClassMoments} from a stream of projected residuals, summed in float64.
 *
 * See the example of `placeWhitening`.
 */
export class PlaceMoments {
  readonly #sums: Float64Array;
  readonly #places: number;
  readonly #width: number;
  #images = 0;

  /**
   * @param places - Tokens of an image, N.
   * @param width - Directions, d.
   */
  constructor(places: number, width: number) {
    this.#places = places;
    this.#width = width;
    this.#sums = new Float64Array(places * triangleSize(width));
  }

  /** Adds images. @param projected - `[B·N·d]`: residuals times directions. */
  add(projected: Float32Array): void {
    const [places, width, size] = [this.#places, this.#width, triangleSize(this.#width)];
    const tokens = projected.length / width;
    for (let token = 0; token < tokens; token++) {
      const from = token * width;
      let at = (token % places) * size;
      for (let row = 0; row < width; row++) {
        const factor = projected[from + row] as number;
        for (let column = 0; column <= row; column++, at++)
          this.#sums[at] = (this.#sums[at] as number) + factor * (projected[from + column] as number);
      }
    }
    this.#images += tokens / places;
  }

  /** The moments of all images so far. */
  result(): ClassMoments {
    const moments = new Float32Array(this.#sums.length);
    const images = this.#images;
    for (let i = 0; i < moments.length; i++) moments[i] = (this.#sums[i] as number) / Math.max(1, images);
    return { images, moments };
  }
}
