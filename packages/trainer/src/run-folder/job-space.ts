import type { MintDetector } from '@mint/detector';
import type { TypedTensor } from '@mint/internal';
import type { FeatureCache } from '../features/feature-cache.js';
import type { TrainingJob } from '../training/training-job.js';
import { assertFreeSpace, type SpaceNeed } from './disk-space.js';

/** Checkpoints on the disk at once: three, the best one and the one being written. */
const CHECKPOINTS = 5;
/** Tensors that a checkpoint holds of each weight at most: its value, both moments, an average and the best. */
const TENSORS = 5;

/**
 * Checks that features, checkpoints and model of a training job fit on the disk. Large images that are seen in tiles take
 * more than this estimate: how many tiles they have is not known before they are read.
 *
 * @param blank - The untrained detector.
 * @throws MintError `DISK_FULL` with what is needed and what is free.
 */
export async function assertSpaceFor(
  job: TrainingJob,
  blank: MintDetector,
  cache: FeatureCache,
): Promise<void> {
  const { network, backbone } = blank.toState();
  const [rows, cols] = blank.config.grid;
  const images = job.dataset.samples.length * (1 + (job.train.augment?.copies ?? 0));
  const missing = Math.max(0, images - (await cache.count()));
  const features = missing * rows * cols * blank.channels * 4;
  const needs: SpaceNeed[] = [{ what: 'features', bytes: features, folder: job.cache }];
  if (job.out !== undefined) {
    const networkBytes = bytesOf(network);
    needs.push(
      { what: 'checkpoints', bytes: CHECKPOINTS * TENSORS * networkBytes, folder: job.out },
      { what: 'model', bytes: networkBytes + bytesOf(backbone), folder: job.out },
    );
  }
  await assertFreeSpace(needs);
}

const bytesOf = (weights: Readonly<Record<string, TypedTensor>>): number =>
  Object.values(weights).reduce((sum, { data }) => sum + data.byteLength, 0);
