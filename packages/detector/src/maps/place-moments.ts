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
    const [places, width] = [this.#places, this.#width];
    const images = projected.length / (places * width);
    // All images of a place at once: its triangle stays in the processor's cache.
    const columns = new Float64Array(width * images);
    for (let place = 0; place < places; place++) {
      for (let image = 0; image < images; image++)
        for (let i = 0; i < width; i++)
          columns[i * images + image] = projected[(image * places + place) * width + i] as number;
      this.#addPlace(place, columns, images);
    }
    this.#images += images;
  }

  /** @param columns - `[d·B]`: residuals at the place, image by image for each direction. */
  #addPlace(place: number, columns: Float64Array, images: number): void {
    let at = place * triangleSize(this.#width);
    for (let row = 0; row < this.#width; row++)
      for (let column = 0; column <= row; column++, at++) {
        let sum = this.#sums[at] as number;
        for (let image = 0; image < images; image++)
          sum += (columns[row * images + image] as number) * (columns[column * images + image] as number);
        this.#sums[at] = sum;
      }
  }

  /** The moments of all images so far. */
  result(): ClassMoments {
    const moments = new Float32Array(this.#sums.length);
    const images = this.#images;
    for (let i = 0; i < moments.length; i++) moments[i] = (this.#sums[i] as number) / Math.max(1, images);
    return { images, moments };
  }
}
