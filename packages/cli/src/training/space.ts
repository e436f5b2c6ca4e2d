import { backboneInfo } from '@mint/backbone';
import type { MintDetector } from '@mint/detector';
import { assertFreeSpace, type FeatureCache } from '@mint/trainer';
import type { TrainingJob } from './pipeline.js';

/** Checkpoints that lie on the disk at once: three, the best one and the one being written. */
const CHECKPOINTS = 5;
/** Tensors a checkpoint holds of every weight at most: its value, both moments, an average and the best. */
const TENSORS = 5;

/**
 * Checks that features, checkpoints and model of a training job fit on the disk. Large images seen in tiles take more
 * than is reckoned with: how many tiles they have is not known before they are read.
 *
 * @throws MintError `DISK_FULL` with what is needed and what is free.
 */
export async function assertSpaceFor(
  job: TrainingJob,
  blank: MintDetector,
  cache: FeatureCache,
): Promise<void> {
  const { network, backbone } = blank.toState();
  const [networkBytes = 0, backboneBytes = 0] = [network, backbone].map((weights) =>
    Object.values(weights).reduce((sum, { data }) => sum + data.byteLength, 0),
  );
  const [rows, cols] = job.config.grid;
  const { totalChannels } = backboneInfo(job.config.backbone);
  const { augment } = job.train;
  const images = job.dataset.samples.length * (1 + (augment?.copies ?? 0));
  const missing = Math.max(0, images - (await cache.count()));
  await assertFreeSpace([
    { what: 'features', bytes: missing * rows * cols * totalChannels * 4, folder: job.cache },
    { what: 'checkpoints', bytes: CHECKPOINTS * TENSORS * networkBytes, folder: job.out },
    { what: 'model', bytes: networkBytes + backboneBytes, folder: job.out },
  ]);
}
