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
  const kinds = kindsOf(testSet);
  const pairs = seeds.map((_, i) => [ranked(ofA[i]?.scores ?? []), ranked(ofB[i]?.scores ?? [])] as const);
  /** Differences of each seed, when picture i counts `weights[i]` times. */
  const differences = (weights: Float64Array) =>
    pairs.map(([x, y]) => {
      const [ofX, ofY] = [aurocs(x, kinds, weights), aurocs(y, kinds, weights)];
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

/** Places of pictures by rising score, and where in that order each group of equal scores begins; its last number is the end. */
interface Ranking {
  readonly order: Int32Array;
  readonly groups: Int32Array;
}

function ranked(scores: readonly number[]): Ranking {
  const order = Int32Array.from(scores.keys()).sort((x, y) => (scores[x] as number) - (scores[y] as number));
  const begins = [...order.keys()].filter(
    (at) => at === 0 || scores[order[at] as number] !== scores[order[at - 1] as number],
  );
  return { order, groups: Int32Array.from([...begins, order.length]) };
}

/** What {@link aurocs} reads of a test set, in arrays that a tight loop is quick on. */
interface Kinds {
  readonly classes: number;
  /** Class of each picture; for pictures of no class a number beside those of the classes and of all. */
  readonly places: Int32Array;
  readonly anomalous: Uint8Array;
}

const kindsOf = ({ classes, shown, anomalous }: TestSet): Kinds => ({
  classes: classes.length,
  places: Int32Array.from(shown, (of) => (of === -1 ? classes.length + 1 : of)),
  anomalous: Uint8Array.from(anomalous),
});

/** AUROC by Mann and Whitney, picture i counted `weights[i]` times: of the classes with pictures of both kinds, and of all together. */
function aurocs({ order, groups }: Ranking, { classes, places, anomalous }: Kinds, weights: Float64Array) {
  const sums = () => new Float64Array(classes + 2);
  const [good, bad, won] = [sums(), sums(), sums()];
  for (let group = 0; group + 1 < groups.length; group++) {
    const [begin, end] = [groups[group] as number, groups[group + 1] as number];
    for (let at = begin; at < end; at++) {
      const i = order[at] as number;
      const [k, weight] = [places[i] as number, weights[i] as number];
      const to = anomalous[i] === 0 ? good : bad;
      to[k] = (to[k] as number) + weight;
      to[classes] = (to[classes] as number) + weight;
    }
    // A defective picture wins against the good ones below it, and half against those of equal score, which were just added.
    let ties = 0;
    const tied = end - begin > 1 ? sums() : undefined;
    for (let at = begin; tied !== undefined && at < end; at++) {
      const i = order[at] as number;
      if (anomalous[i] !== 0) continue;
      const [k, weight] = [places[i] as number, weights[i] as number];
      tied[k] = (tied[k] as number) + weight;
      ties += weight;
    }
    for (let at = begin; at < end; at++) {
      const i = order[at] as number;
      if (anomalous[i] === 0) continue;
      const [k, weight] = [places[i] as number, weights[i] as number];
      won[k] = (won[k] as number) + weight * ((good[k] as number) - 0.5 * (tied?.[k] ?? 0));
      won[classes] = (won[classes] as number) + weight * ((good[classes] as number) - 0.5 * ties);
    }
  }
  const values = Array.from(won, (value, k) => value / ((good[k] as number) * (bad[k] as number)));
  return {
    classes: values.slice(0, classes).filter((value) => !Number.isNaN(value)),
    pooled: values[classes] as number,
  };
}

const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
