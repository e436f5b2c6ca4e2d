import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { MetricsFile, Protocol } from '@mint/trainer';
import type { Setting } from './study.js';

/** One detector of a study, judged on the test pictures. */
export interface RunResult {
  readonly data: string;
  readonly substituteFor?: string;
  readonly setting: string;
  readonly seed: number;
  readonly steps: number;
  readonly trainingSeconds: number;
  readonly protocol: Protocol;
  readonly metrics: Pick<MetricsFile, 'perClass' | 'classMean' | 'pooled'>;
  /** Class, 1 if defective, score and the class it was taken for, of every test picture; in the same order in every run on the same data. */
  readonly pictures: readonly (readonly [string, 0 | 1, number, string])[];
}

/** `examples/results/<study>.json`: numbers with all that is needed to make them again, without pictures or weights. */
export interface ResultFile {
  readonly study: string;
  readonly command: string;
  readonly date: string;
  readonly machine: string;
  readonly settings: readonly Setting[];
  readonly runs: readonly RunResult[];
}

export const resultPath = (study: string): string =>
  fileURLToPath(new URL(`../results/${study}.json`, import.meta.url));

export const readResults = async (study: string): Promise<ResultFile> =>
  JSON.parse(await readFile(resultPath(study), 'utf8'));
