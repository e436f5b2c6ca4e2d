import type { Dataset } from '@mint/data';
import type { DetectorConfig } from '@mint/detector';
import type { TrainConfig } from '@mint/trainer';
import { preset } from './preset.js';

/** One way to build and train a detector. */
export interface Setting {
  readonly name: string;
  readonly detector: Omit<DetectorConfig, 'classes' | 'backbone' | 'seed'>;
  readonly train: Omit<TrainConfig, 'seed'>;
  /** Weights of a backbone of its own, several joined by `+`; see {@link backboneOf}. Default: the study's. */
  readonly backbone?: string | undefined;
  /** All images are of one class for the detector. @defaultValue false */
  readonly classless?: boolean | undefined;
  /** Name of an earlier setting whose trained network this one uses: only the whitening of the map is its own. */
  readonly networkOf?: string | undefined;
}

/** Images a study runs on. */
export interface StudyData {
  /** As in tables and file names. */
  readonly name: string;
  /** The data set that these images replace when it is not available. */
  readonly substituteFor?: string | undefined;
  readonly dataset: Dataset;
}

/** Every setting is trained and evaluated on all data with every seed. */
export interface Study {
  /** Name of its folder under `runs/` and of its file under `examples/results/`; see {@link nameOf}. */
  readonly name: string;
  readonly settings: readonly Setting[];
  readonly seeds: readonly number[];
  /** Used when there are weights; without them, the scattering backbone. */
  readonly backbone: DetectorConfig['backbone'];
}

/** One trained detector of a study. */
export interface Run {
  readonly data: StudyData;
  readonly setting: Setting;
  readonly seed: number;
  /** `runs/<study>/<data>/<setting>-<seed>`. */
  readonly folder: string;
}

/** Results of another preset lie beside those of `cpu`. */
export const nameOf = ({ name }: Study): string => (preset === 'cpu' ? name : `${name}-${preset}`);

export function runsOf(study: Study, data: readonly StudyData[]): Run[] {
  return data.flatMap((one) =>
    study.seeds.flatMap((seed) =>
      study.settings.map((setting) => ({
        data: one,
        setting,
        seed,
        folder: `runs/${nameOf(study)}/${one.name}/${setting.name}-${seed}`,
      })),
    ),
  );
}
