import { Random } from '@mint/internal';
import { auroc } from '@mint/metrics';
import type { ResultFile, RunResult, TestSet } from './result-file.js';

/** How much better one setting is than another on the same pictures. */
export interface SettingComparison {
  /** Mean over classes of the image AUROC, mean over seeds. */
  readonly classMean: Difference;
  /** AUROC of all pictures under one threshold, mean over seeds. */
  readonly pooled: Difference;
  /** Classes, seeds averaged, in which the first setting is better, equal, worse. */
  readonly classes: readonly [number, number, number];
}

export interface Difference {
  readonly difference: number;
  /** 95 % interval: pictures and seeds drawn anew 2,000 times. */
  readonly interval: readonly [number, number];
  /** Two-sided, at least 2/2001. */
  readonly pValue: number;
}

const DRAWS = 2000;

/**
 * Compares settings by a paired bootstrap: every draw takes test pictures with replacement, in each class as many of each kind
 * as there are, and seeds with replacement; both settings see the same draw. So the interval holds the chance in the pictures
 * and in the training.
 */
export function compareSettings(
  { runs, testSets }: Pick<ResultFile, 'runs' | 'testSets'>,
  data: string,
  a: string,
  b: string,
): SettingComparison {
  const of = (name: string) => runs.filter((run) => run.data === data && run.setting === name);
  const [ofA, ofB] = [of(a), of(b)];
  const seeds = ofA.map(({ seed }) => seed);
  const testSet = testSets[data];
  if (testSet === undefined || seeds.length === 0 || seeds.join() !== ofB.map(({ seed }) => seed).join())
    throw new Error(`${data}: ${a} and ${b} were not run with the same seeds.`);
  const strata = strataOf(testSet);
  const pairs = seeds.map((_, i) => [scoresOf(ofA[i]), scoresOf(ofB[i])] as const);
  const random = new Random(0);
  const draw = <T>(list: readonly T[]): T[] => list.map(() => list[random.int(list.length)] as T);
  const once = (drawnStrata: typeof strata, drawnPairs: typeof pairs) => {
    const mean = drawnPairs.map(([x, y]) =>
      classAurocs(drawnStrata, x).map((value, c) => value - (classAurocs(drawnStrata, y)[c] ?? 0)),
    );
    const pooled = drawnPairs.map(([x, y]) => pooledAuroc(drawnStrata, x) - pooledAuroc(drawnStrata, y));
    return { classMean: average(mean.map(average)), pooled: average(pooled) };
  };
  const observed = once(strata, pairs);
  const draws = Array.from({ length: DRAWS }, () =>
    once(
      strata.map((kinds) => kinds.map(draw)),
      draw(pairs),
    ),
  );
  const summary = (key: 'classMean' | 'pooled'): Difference => {
    const sorted = draws.map((values) => values[key]).sort((x, y) => x - y);
    const below = sorted.filter((value) => value <= 0).length;
    const above = sorted.filter((value) => value >= 0).length;
    return {
      difference: observed[key],
      interval: [sorted[Math.floor(0.025 * DRAWS)] ?? 0, sorted[Math.ceil(0.975 * DRAWS) - 1] ?? 0],
      pValue: Math.min(1, (2 * (Math.min(below, above) + 1)) / (DRAWS + 1)),
    };
  };
  const byClass = strata.map((_, c) =>
    average(pairs.map(([x, y]) => (classAurocs(strata, x)[c] ?? 0) - (classAurocs(strata, y)[c] ?? 0))),
  );
  const count = (keep: (value: number) => boolean) => byClass.filter(keep).length;
  return {
    classMean: summary('classMean'),
    pooled: summary('pooled'),
    classes: [count((v) => v > 0), count((v) => v === 0), count((v) => v < 0)],
  };
}

/** Places of the good and of the defective pictures of each class. */
function strataOf({ classes, shown, anomalous }: TestSet): number[][][] {
  return classes.map((_, index) =>
    [0, 1].map((kind) => shown.flatMap((of, i) => (of === index && anomalous[i] === kind ? [i] : []))),
  );
}

const scoresOf = (run: RunResult | undefined): readonly number[] => run?.scores ?? [];

/** Of the classes that have pictures of both kinds. */
const classAurocs = (strata: readonly (readonly number[][])[], scores: readonly number[]): number[] =>
  strata.filter((kinds) => kinds.every((list) => list.length > 0)).map((kinds) => aurocOf([kinds], scores));

const pooledAuroc = (strata: readonly (readonly number[][])[], scores: readonly number[]): number =>
  aurocOf(strata, scores);

function aurocOf(strata: readonly (readonly number[][])[], scores: readonly number[]): number {
  const places = strata.flatMap((kinds) => kinds.flat());
  const labels = strata.flatMap((kinds) => kinds.flatMap((list, kind) => list.map(() => kind)));
  return auroc(
    places.map((i) => scores[i] ?? Number.NaN),
    labels,
  );
}

const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
