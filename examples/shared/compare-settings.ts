import { Random } from '@mint/data';
import type { ResultFile, RunResult, TestSet } from './result-file.js';

/** How much better one setting is than another one on the same images. */
export interface SettingComparison {
  /** Mean over classes of the image AUROC, mean over seeds; NaN where no class has images of both kinds. */
  readonly classMean: Difference;
  /** AUROC of all images under one threshold, mean over seeds. */
  readonly pooled: Difference;
  /** Classes, seeds averaged, in which the first setting is better, equal, worse. */
  readonly classes: readonly [number, number, number];
}

export interface Difference {
  readonly difference: number;
  /** 95 % interval: images and seeds drawn 2,000 times. */
  readonly interval: readonly [number, number];
  /** Two-sided, at least 2/2001. */
  readonly pValue: number;
}

const DRAWS = 2000;

/**
 * Compares settings by a paired bootstrap: each draw takes test images with replacement, in each class as many of each kind as
 * there are, and seeds with replacement; both settings get the same draw. So the interval covers the chance in the images and
 * in the training.
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
  const rankingOf = (run: RunResult | undefined) => ranked(run?.scores ?? [], testSet);
  const pairs = seeds.map((_, i) => [rankingOf(ofA[i]), rankingOf(ofB[i])] as const);
  /** Differences of each seed, when image i counts `weights[i]` times. */
  const differences = (weights: Float64Array) =>
    pairs.map(([x, y]) => {
      const [ofX, ofY] = [aurocs(x, weights), aurocs(y, weights)];
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

/** Indices of the good and of the anomalous images of each class, and of those of no class. */
function strataOf({ classes, shown, anomalous }: TestSet): number[][] {
  return [-1, ...classes.keys()].flatMap((index) =>
    [0, 1].map((kind) => shown.flatMap((of, i) => (of === index && anomalous[i] === kind ? [i] : []))),
  );
}

/**
 * Images by rising score, in arrays that are fast in a tight loop. Anomalous images with the same score as good ones stand
 * twice, before the good ones and behind them, and count half each time: so they win half against those.
 */
interface Ranking {
  readonly classes: number;
  readonly images: Int32Array;
  /** Class of each image; for images of no class, the number of classes. */
  readonly places: Int32Array;
  /** How much an anomalous image counts here; 0 for good ones. */
  readonly shares: Float64Array;
}

function ranked(scores: readonly number[], { classes, shown, anomalous }: TestSet): Ranking {
  const score = (i: number) => scores[i] as number;
  const order = [...scores.keys()].sort((x, y) => score(x) - score(y));
  const entries: [image: number, share: number][] = [];
  for (let begin = 0, end = 0; begin < order.length; begin = end) {
    while (end < order.length && score(order[end] as number) === score(order[begin] as number)) end++;
    const equal = order.slice(begin, end);
    const good = equal.filter((i) => anomalous[i] === 0).map((i): [number, number] => [i, 0]);
    const share = good.length === 0 || good.length === equal.length ? 1 : 0.5;
    const anomalousOnes = equal.filter((i) => anomalous[i] === 1).map((i): [number, number] => [i, share]);
    entries.push(...(share === 1 ? [] : anomalousOnes), ...good, ...anomalousOnes);
  }
  return {
    classes: classes.length,
    images: Int32Array.from(entries, ([i]) => i),
    places: Int32Array.from(entries, ([i]) => (shown[i] === -1 ? classes.length : (shown[i] as number))),
    shares: Float64Array.from(entries, ([, share]) => share),
  };
}

/** AUROC by Mann and Whitney, image i counted `weights[i]` times: of each class with images of both kinds, and of all images. */
function aurocs({ classes, images, places, shares }: Ranking, weights: Float64Array) {
  const sums = () => new Float64Array(classes + 1);
  const [good, anomalous, won] = [sums(), sums(), sums()];
  let [allGood, allAnomalous, allWon] = [0, 0, 0];
  for (let at = 0; at < images.length; at++) {
    const weight = weights[images[at] as number] as number;
    const [k, share] = [places[at] as number, (shares[at] as number) * weight];
    if (shares[at] === 0) {
      good[k] = (good[k] as number) + weight;
      allGood += weight;
    } else {
      anomalous[k] = (anomalous[k] as number) + share;
      allAnomalous += share;
      won[k] = (won[k] as number) + share * (good[k] as number);
      allWon += share * allGood;
    }
  }
  const values = Array.from(won, (value, k) => value / ((good[k] as number) * (anomalous[k] as number)));
  return {
    classes: values.slice(0, classes).filter((value) => !Number.isNaN(value)),
    pooled: allWon / (allGood * allAnomalous),
  };
}

const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
