import type { TypedTensor } from '@mint/internal';
import type { AddedClass } from './added-class/added-class.js';
import type { DetectorConfig } from './config.js';
import type { Calibration } from './limits/calibration.js';
import type { ImageSets } from './limits/image-sets.js';
import type { ClassStats } from './limits/ood-score.js';
import type { PlaceWhitening } from './maps/place-whitening.js';
import { scalePlaces } from './maps/scales.js';
import { triangleSize } from './maps/triangle.js';

/** Where a model comes from. Free text values, shown to people, never interpreted. */
export type Provenance = Readonly<Record<string, string | number>>;

/** A detector as plain data: what a model folder holds. */
export interface DetectorState {
  /** Everything but weights and measured numbers. */
  readonly config: DetectorConfig;
  /** Frozen weights of the backbone, by the names of `backboneSpecs`; empty for one without weights. */
  readonly backbone: Readonly<Record<string, TypedTensor>>;
  /**
   * Whether every weight of the backbone is a float16 value; a model folder then holds them in half the bytes. See
   * `halfBackbone`. @defaultValue false
   */
  readonly half?: boolean | undefined;
  /** Trained weights of the network, by the names of `networkSpecs`. */
  readonly network: Readonly<Record<string, TypedTensor>>;
  /** `[C]`: mean of each feature channel over the training images. */
  readonly featureMean: Float32Array;
  /** `[C]`: its standard deviation, more than 0. */
  readonly featureStd: Float32Array;
  /**
   * See `whiteningMatrix`: `[C·C]` with `config.map` = `'whitened'`, `[K·C·C]` for the trained classes with `'whitened-by-class'`,
   * absent with other maps.
   */
  readonly whitening?: Float32Array | undefined;
  /** With `config.map` = `'whitened-by-class-and-place'`; see `placeWhitening`. */
  readonly placeWhitening?: PlaceWhitening | undefined;
  /** Where the classes lie in feature space; without it no image is found to be of an unknown class. */
  readonly classStats?: ClassStats | undefined;
  /** The last classes of `config.classes`, in their order: those that were added after training. */
  readonly added?: readonly AddedClass[] | undefined;
  /** Scores of held-out images and the thresholds that follow from them. */
  readonly calibration?: Calibration | undefined;
  /** Where the model comes from. */
  readonly provenance?: Provenance | undefined;
  /** Which images it was trained, calibrated and tested on. */
  readonly images?: ImageSets | undefined;
}

/** The configuration of a detector as it was trained, before classes were added. */
export const trainedConfig = (config: DetectorConfig, addedClasses: number): DetectorConfig => ({
  ...config,
  classes: config.classes.slice(0, config.classes.length - addedClasses),
});

/**
 * Shapes of {@link DetectorState.placeWhitening}, and of the triangles of an added class (`added`).
 *
 * @param config - With the trained classes alone.
 */
export const placeShapes = (
  { classes, grid, scales = 1 }: Pick<DetectorConfig, 'classes' | 'grid' | 'scales'>,
  channels: number,
  width: number,
) => ({
  directions: [channels, width],
  triangles: [classes.length, scalePlaces(grid, scales), triangleSize(width)],
  shared: [scales * triangleSize(width)],
  added: [scalePlaces(grid, scales), triangleSize(width)],
});

/** Shape of {@link DetectorState.whitening}. @param config - With the trained classes alone. */
export const whiteningShape = (
  { map, classes }: Pick<DetectorConfig, 'map' | 'classes'>,
  channels: number,
): number[] => (map === 'whitened-by-class' ? [classes.length, channels, channels] : [channels, channels]);
