import type { SafetensorsFile, TypedTensor } from '@mint/internal';
import type { Params, WeightSpecs } from '@mint/internal/tfjs';
import type * as tf from '@tensorflow/tfjs-core';

/** The feature maps of a backbone, in the order in which it returns them. */
export interface MapInfo {
  /** Channels of each map. */
  readonly channels: number[];
  /** Stride of each map: pixels of the image per cell. */
  readonly strides: number[];
}

/** Mean and standard deviation of image channels; see {@link normaliseImages}. */
export interface Normalisation {
  /** Mean of R, G and B, each in [0, 1]. */
  readonly mean: readonly [number, number, number];
  /** Standard deviation of R, G and B, likewise. */
  readonly std: readonly [number, number, number];
}

/** What is known about a configured backbone before any weight is loaded. */
export interface BackboneTraits extends MapInfo {
  /** Width and height of the input must be multiples of this many pixels. */
  readonly inputMultiple: number;
  /** Peak memory per pixel of the input while features are computed, in bytes; decides how many tiles run at once. */
  readonly bytesPerPixel: number;
  /** What its images are normalised with. */
  readonly normalisation: Normalisation;
}

/**
 * One value of JSON from an untrusted file. Each method checks what it returns and throws a MintError `CORRUPT_FILE` that
 * names the file and the path of the value.
 */
export interface JsonField {
  /** The unchecked value; undefined where the field is absent. */
  readonly value: unknown;
  /** A field of this object. Fields that are never asked for make the file unreadable: a later version may have added them. */
  get(key: string): JsonField;
  /** What `read` makes of the field, or undefined where the field is absent. */
  optional<T>(read: (field: this) => T): T | undefined;
  /** The items of this list of at most `maxLength` items. */
  list(maxLength: number): readonly JsonField[];
  /** A finite number. */
  number(): number;
  /** A whole number from `min` to `max`. */
  int(min: number, max: number): number;
  /** A string. */
  text(): string;
  /** True or false. */
  flag(): boolean;
  /** One of these strings. */
  oneOf<T extends string>(...allowed: readonly T[]): T;
  /** Refuses the value. @param expected - Ends the sentence "... must be". */
  fail(expected: string): never;
}

/** Names and shapes of the tensors of a downloaded file, before any value is read. */
export interface WeightsOutline {
  /** Shape of each tensor by its name in the file. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Text that the file carries, such as a licence. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** What a downloaded file holds. */
export interface RecognisedBackbone<Config> {
  /** Settings that fit the file, with our choice of feature maps. */
  readonly config: Config;
  /** The network in words. */
  readonly title: string;
}

/**
 * Everything the other packages need to know about one kind of backbone. See {@link registerBackbone}.
 *
 * @typeParam Config - Its settings without `kind`; plain JSON.
 */
export interface BackboneDefinition<Config> {
  /**
   * Maps, memory and input of a configured backbone.
   *
   * @throws MintError `INVALID_ARGUMENT` for a setting out of range.
   */
  info(config: Config): BackboneTraits;
  /** Name, shape and initialisation of every weight; empty for a backbone without weights. */
  specs(config: Config): WeightSpecs;
  /**
   * Feature maps of normalised images.
   *
   * @param params - Weights by the names of `specs`.
   * @param images - `[B, H, W, 3]` float32.
   * @returns One `[B, h, w, C]` for each entry of `info(config).channels`; the caller disposes them.
   */
  features(params: Params, config: Config, images: tf.Tensor4D): tf.Tensor4D[];
  /** Reads the settings from a `model.json`, which may be hostile: bound every number and every length. */
  parse(fields: JsonField): Config;
  /** Settings for a downloaded file; undefined when it holds another network. Absent in a backbone without weights. */
  recognise?(outline: WeightsOutline): RecognisedBackbone<Config> | undefined;
  /**
   * Weights from the tensors of a downloaded file, by the names of `specs`. Absent in a backbone without weights.
   *
   * @param name - How messages refer to the file.
   */
  readWeights?(file: SafetensorsFile, config: Config, name: string): Record<string, TypedTensor>;
}
