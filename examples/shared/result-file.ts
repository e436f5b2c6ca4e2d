import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { MetricsFile, Protocol } from '@mint/trainer';
import type { Setting } from './study.js';

/** One detector of a study, evaluated on the test images. */
export interface RunResult {
  readonly data: string;
  readonly substituteFor?: string | undefined;
  readonly setting: string;
  readonly seed: number;
  readonly steps: number;
  readonly trainingSeconds: number;
  /** SHA-256 of the model's weights: a model that was evaluated is not evaluated again. */
  readonly model: string;
  readonly protocol: Protocol;
  readonly metrics: Pick<MetricsFile, 'perClass' | 'classMean' | 'pooled'>;
  /** Score of every test image, in the order of the {@link TestSet}. */
  readonly scores: readonly number[];
  /** Index of the class that each image was recognised as; absent for detectors that know no classes. */
  readonly taken?: readonly number[] | undefined;
}

/** What the test images of one data set show, in the order of the scores. */
export interface TestSet {
  readonly classes: readonly string[];
  /** Index of each image's class; −1 for images of no class, such as the other objects of CIFAR-10. */
  readonly shown: readonly number[];
  /** 1 for anomalous images. */
  readonly anomalous: readonly (0 | 1)[];
}

/** `examples/results/<study>.json`: numbers with all that is needed to reproduce them, without images or weights. */
export interface ResultFile {
  readonly study: string;
  readonly command: string;
  readonly date: string;
  readonly machine: string;
  readonly settings: readonly Setting[];
  /** By {@link RunResult.data}. */
  readonly testSets: Readonly<Record<string, TestSet>>;
  readonly runs: readonly RunResult[];
}

export const resultPath = (study: string): string =>
  fileURLToPath(new URL(`../results/${study}.json`, import.meta.url));

/** The results that there are; undefined before the first time. */
export async function resultsSoFar(study: string): Promise<ResultFile | undefined> {
  return existsSync(resultPath(study)) ? readResults(study) : undefined;
}

export const readResults = async (study: string): Promise<ResultFile> =>
  JSON.parse(await readFile(resultPath(study), 'utf8'));
