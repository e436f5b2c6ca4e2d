import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { MetricsFile, Protocol } from '@mint/trainer';
import type { Setting } from './study.js';

/** One detector of a study, judged on the test images. */
export interface RunResult {
  readonly data: string;
  readonly substituteFor?: string;
  readonly setting: string;
  readonly seed: number;
  readonly steps: number;
  readonly trainingSeconds: number;
  /** SHA-256 of the model's weights: what was judged already is not judged again. */
  readonly model: string;
  readonly protocol: Protocol;
  readonly metrics: Pick<MetricsFile, 'perClass' | 'classMean' | 'pooled'>;
  /** Of every test image, in the order of the {@link TestSet}. */
  readonly scores: readonly number[];
  /** Index of the class that each image was taken for; absent for detectors that know no classes. */
  readonly taken?: readonly number[];
}

/** What the test images of one data set show, in the order of scores. */
export interface TestSet {
  readonly classes: readonly string[];
  /** Index of each image's class; −1 for what is of none, such as the other objects of CIFAR-10. */
  readonly shown: readonly number[];
  /** 1 for defective images. */
  readonly anomalous: readonly (0 | 1)[];
}

/** `examples/results/<study>.json`: numbers with all that is needed to make them again, without images or weights. */
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
