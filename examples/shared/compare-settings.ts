import { Random } from '@mint/internal';
import type { ResultFile, TestSet } from './result-file.js';

/** How much better one setting is than another on the same pictures. */
export interface SettingComparison {
  /** Mean over classes of the image AUROC, mean over seeds; NaN where no class has pictures of both kinds. */
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
  const pairs = seeds.map((_, i) => [ranked(ofA[i]?.scores ?? []), ranked(ofB[i]?.scores ?? [])] as const);
  /** Differences of each seed, when picture i counts `weights[i]` times. */
  const differences = (weights: Float64Array) =>
    pairs.map(([x, y]) => {
      const [ofX, ofY] = [aurocs(x, testSet, weights), aurocs(y, testSet, weights)];
      return {
        classes: ofX.classes.map((value, k) => value - (ofY.classes[k] as number)),
        pooled: ofX.pooled - ofY.pooled,
      };
    });
  const meansOf = (seeds: ReturnType<typeof differences>) => ({
    classMean: average(seeds.map(({ classes }) => average(classes))),
    pooled: average(seeds.map(({ pooled }) => pooled)),
  });
  const observed = differences(new Float64Array(testSet.shown.length).fill(1));
  const random = new Random(0);
  const strata = strataOf(testSet);
  const draws = Array.from({ length: DRAWS }, () => {
    const weights = new Float64Array(testSet.shown.length);
    for (const stratum of strata)
      for (const _ of stratum) {
        const drawn = stratum[random.int(stratum.length)] as number;
        weights[drawn] = (weights[drawn] as number) + 1;
      }
    const ofSeeds = differences(weights);
    return meansOf(ofSeeds.map(() => ofSeeds[random.int(ofSeeds.length)] as (typeof ofSeeds)[number]));
  });
  const summary = (key: 'classMean' | 'pooled'): Difference => {
    const sorted = draws.map((values) => values[key]).sort((x, y) => x - y);
    const below = sorted.filter((value) => value <= 0).length;
    const above = sorted.filter((value) => value >= 0).length;
    return {
      difference: meansOf(observed)[key],
      interval: [sorted[Math.floor(0.025 * DRAWS)] ?? 0, sorted[Math.ceil(0.975 * DRAWS) - 1] ?? 0],
      pValue: Math.min(1, (2 * (Math.min(below, above) + 1)) / (DRAWS + 1)),
    };
  };
  const byClass = (observed[0]?.classes ?? []).map((_, k) =>
    average(observed.map(({ classes }) => classes[k] as number)),
  );
  const count = (keep: (value: number) => boolean) => byClass.filter(keep).length;
  return {
    classMean: summary('classMean'),
    pooled: summary('pooled'),
    classes: [count((v) => v > 0), count((v) => v === 0), count((v) => v < 0)],
  };
}

/** Places of the good and of the defective pictures of each class, and of those of no class. */
function strataOf({ classes, shown, anomalous }: TestSet): number[][] {
  return [-1, ...classes.keys()].flatMap((index) =>
    [0, 1].map((kind) => shown.flatMap((of, i) => (of === index && anomalous[i] === kind ? [i] : []))),
  );
}

/** Places of pictures by rising score; those of equal score together. */
function ranked(scores: readonly number[]): number[][] {
  const groups: number[][] = [];
  for (const i of scores.map((_, at) => at).sort((x, y) => (scores[x] as number) - (scores[y] as number))) {
    const last = groups.at(-1);
    if (last !== undefined && scores[last[0] as number] === scores[i]) last.push(i);
    else groups.push([i]);
  }
  return groups;
}

/** AUROC by Mann and Whitney, picture i counted `weights[i]` times: of the classes with pictures of both kinds, and of all together. */
function aurocs(groups: readonly number[][], { classes, shown, anomalous }: TestSet, weights: Float64Array) {
  const all = classes.length;
  /** Beside the sums of each class and of all: those of pictures of no class. */
  const sums = () => new Float64Array(all + 2);
  const [good, bad, won] = [sums(), sums(), sums()];
  const placeOf = (i: number) => (shown[i] === -1 ? all + 1 : (shown[i] as number));
  const add = (to: Float64Array, at: number, value: number) => {
    to[at] = (to[at] as number) + value;
  };
  const win = (i: number) => {
    if (anomalous[i] === 0) return;
    const [k, half] = [placeOf(i), 0.5 * (weights[i] as number)];
    add(won, k, half * (good[k] as number));
    add(won, all, half * (good[all] as number));
  };
  for (const group of groups) {
    // A pair of equal scores counts half: once before and once after the group's good pictures are added.
    for (const i of group) win(i);
    for (const i of group) {
      const to = anomalous[i] === 0 ? good : bad;
      add(to, placeOf(i), weights[i] as number);
      add(to, all, weights[i] as number);
    }
    for (const i of group) win(i);
  }
  const values = Array.from(won, (value, k) => value / ((good[k] as number) * (bad[k] as number)));
  return {
    classes: values.slice(0, all).filter((value) => !Number.isNaN(value)),
    pooled: values[all] as number,
  };
}

const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
