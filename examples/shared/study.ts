import type { Dataset } from '@mint/data';
import type { DetectorConfig } from '@mint/detector';
import type { TrainConfig } from '@mint/trainer';
import { preset } from './settings.js';

/** One way to build and train a detector. */
export interface Setting {
  readonly name: string;
  readonly detector: Omit<DetectorConfig, 'classes' | 'backbone' | 'seed'>;
  readonly train: Omit<TrainConfig, 'seed'>;
  /** The detector is told that all images are of one class. @defaultValue false */
  readonly classless?: boolean;
  /** Name of an earlier setting whose trained network this one takes over: only the whitening of its map is its own. */
  readonly networkOf?: string;
}

/** Images a study runs on. */
export interface StudyData {
  /** Stands in tables and file names. */
  readonly name: string;
  /** What the images stand in for when the real ones are not at hand. */
  readonly substituteFor?: string;
  readonly dataset: Dataset;
}

/** Every setting is trained and judged on all data with every seed. */
export interface Study {
  /** Name of its folder under `runs/` and of its file under `examples/results/`; see {@link nameOf}. */
  readonly name: string;
  readonly settings: readonly Setting[];
  readonly seeds: readonly number[];
  /** Taken when there are weights; the scattering backbone otherwise. */
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

/** What another preset gives lies beside what `cpu` gives. */
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
