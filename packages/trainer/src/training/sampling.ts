import { shuffledOrder } from '@mint/data';
import { deriveSeed } from '@mint/internal';
import type { TrainConfig } from '../config/train-config.js';
import type { CachedSample } from '../features/cached-features.js';

/** Which images each step of a run learns. */
export interface Batches {
  readonly stepsPerEpoch: number;
  /** Images of step `step`, from 0; follows from seed and step alone. */
  at(step: number): readonly CachedSample[];
}

/** The images of a run in batches; what is left over at an epoch's end waits for the next one. */
export function batchesOf(
  samples: readonly CachedSample[],
  config: Pick<TrainConfig, 'seed' | 'batchSize' | 'balanceClasses'>,
): Batches {
  const batchSize = Math.min(config.batchSize, samples.length);
  const stepsPerEpoch = Math.floor(samples.length / batchSize);
  const classes = samples.map(({ sample }) => sample.classIndex);
  const orderOf = (epoch: number) =>
    config.balanceClasses
      ? balancedOrder(classes, config.seed, epoch)
      : shuffledOrder(samples.length, config.seed, epoch);
  let [current, order]: [number, readonly number[]] = [-1, []];
  return {
    stepsPerEpoch,
    at: (step) => {
      const epoch = Math.floor(step / stepsPerEpoch);
      if (epoch !== current) [current, order] = [epoch, orderOf(epoch)];
      const from = (step % stepsPerEpoch) * batchSize;
      return order.slice(from, from + batchSize).map((i) => samples[i] as CachedSample);
    },
  };
}

/**
 * The seeded order of one epoch in which every class comes equally often: as many draws as there are images, shared among
 * the classes to within one, in random order. A class goes through its images in a new order each time round, so that
 * within an epoch its images come equally often to within one too.
 *
 * @param classes - Class of each image.
 * @returns Indices of images, as many as there are.
 */
export function balancedOrder(classes: readonly number[], seed: number, epoch: number): number[] {
  const members = new Map<number, number[]>();
  for (const [i, k] of classes.entries()) {
    const list = members.get(k) ?? [];
    list.push(i);
    members.set(k, list);
  }
  // Which classes get the draws that do not divide evenly changes from epoch to epoch.
  const turns = shuffledOrder(members.size, deriveSeed(seed, 'turns'), epoch);
  const lists = [...members.entries()];
  const drawn = turns.flatMap((k, turn) => {
    const [name, list] = lists[k] as [number, number[]];
    const draws = Math.ceil((classes.length - turn) / members.size);
    const rounds = Array.from({ length: Math.ceil(draws / list.length) }, (_, round) =>
      shuffledOrder(list.length, deriveSeed(seed, 'class', name, round), epoch),
    );
    return rounds
      .flat()
      .slice(0, draws)
      .map((i) => list[i] as number);
  });
  return shuffledOrder(drawn.length, seed, epoch).map((i) => drawn[i] as number);
}
