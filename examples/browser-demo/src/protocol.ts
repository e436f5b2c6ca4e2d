import type { Decision, RegionOfInterest } from '@mint/detector';

// What the page and the worker that scores say to each other.

/** What the worker is asked. */
export type Request =
  | {
      readonly kind: 'load';
      /** URL of the model folder, not relative: the worker has no place of its own. */
      readonly model: string;
      /** Device of TensorFlow.js. Default: the fastest. */
      readonly device: string | undefined;
    }
  | ({ readonly kind: 'score' } & ScoreRequest);

/** An image to be scored. */
export interface ScoreRequest {
  /** A file, or a view of the camera. */
  readonly source: Blob | ImageBitmap;
  /** How messages refer to the image. */
  readonly name: string;
  /** The class of the image, where it is known. */
  readonly given: string | undefined;
  /** Where the image is looked at, as drawn by hand. Default: as the model says. */
  readonly interest: RegionOfInterest | undefined;
}

/** What the worker says; the last answer to a request is `loaded`, `scored` or `failed`. */
export type Answer =
  | { readonly kind: 'loading'; readonly bytes: number; readonly total: number | undefined }
  | { readonly kind: 'trying' }
  | { readonly kind: 'loaded'; readonly about: AboutModel }
  | { readonly kind: 'progress'; readonly share: number }
  | { readonly kind: 'scored'; readonly shown: Shown }
  | { readonly kind: 'failed'; readonly message: string };

/** What the page says about a model. */
export interface AboutModel {
  readonly title: string;
  readonly bytes: number;
  readonly classes: readonly string[];
  readonly width: number;
  readonly height: number;
  /** False-alarm rate and review rate; undefined without limits, or without a review band. */
  readonly alpha: number | undefined;
  readonly reviewAlpha: number | undefined;
  /** Name of TensorFlow.js. */
  readonly device: string;
}

/** A line that is drawn over an image. */
export interface Line {
  /** `region`: a place above the limit; `small`: one that is too small to count; `edge`: of what is looked at. */
  readonly kind: 'region' | 'small' | 'edge';
  /** In shares of the width and height of what is shown. */
  readonly ring: readonly (readonly [x: number, y: number])[];
}

/** A scored image, ready to be shown. */
export interface Shown {
  readonly decision: Decision['decision'];
  readonly score: number;
  /** What was found, in words and numbers. */
  readonly facts: Readonly<Record<string, string>>;
  /** PNG of the image as the network saw it. */
  readonly image: Uint8Array;
  /** PNG of the heat, and the ends of its colours; undefined without a scale. */
  readonly heat: { readonly png: Uint8Array; readonly scale: readonly [number, number] } | undefined;
  /** Limit of the pixels; undefined where the product has none. */
  readonly limit: number | undefined;
  readonly lines: readonly Line[];
}
