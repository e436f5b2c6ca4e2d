import { flags, SMALL, SMALL_TRAINING, type Study, type StudyData, setting } from '@examples/shared';
import { CIFAR10_SPLITS, type Dataset, loadCifar10 } from '@mint/data';
import { PAPER_CONFIG } from '@mint/detector';

/** UniAD's blocks, but for 31, which its preset has and our weight file ends before: 30 lies one residual block earlier. */
const BLOCKS = [1, 5, 9, 21, 30];
/** Every fifth of the 25,000 training pictures of a split, the same of an object in every split, so that two cores are done in an hour or two. */
const ONE_IN_FIVE = /[05]$/;

/**
 * UniAD's choices for CIFAR-10 are Lanczos and the mean of the map as score. Ours, for two cores: all at half its resolution (112 px
 * for 224, 7 x 7 tokens for 14 x 14, windows of 3 for 7) and a network of half its width and depth.
 */
const cifar = {
  input: { ...PAPER_CONFIG.input, width: 112, height: 112, filter: 'lanczos' },
  grid: [7, 7],
  network: { ...SMALL, window: [3, 3] },
  score: 'mean',
  train: { ...SMALL_TRAINING, epochs: 2 },
} as const;

export const study: Study = {
  name: 'cifar10',
  settings: [
    setting('uniad', { ...cifar, model: 'uniad' }),
    setting('mint-ad', cifar),
    setting('mint-ad, whitened by class', { ...cifar, networkOf: 'mint-ad', map: 'whitened-by-class' }),
  ],
  seeds: [0, 1, 2],
  backbone: { ...PAPER_CONFIG.backbone, blocks: BLOCKS },
};

/** `--data`: the official binary batches, or a pack of JPEG files. The four splits; all 10,000 test pictures in each. */
export async function loadData(): Promise<StudyData[]> {
  const { data } = flags;
  if (data === undefined)
    throw new Error('give --data: the folder with data_batch_1.bin … test_batch.bin of CIFAR-10.');
  return Promise.all(
    CIFAR10_SPLITS.map(async (normals, split) => {
      const dataset = thinned(await loadCifar10(data, { split, objects: true }));
      return { name: `cifar10-${normals.join('')}`, dataset };
    }),
  );
}

function thinned(dataset: Dataset): Dataset {
  const kept = dataset.samples.filter(({ id, split }) => split === 'test' || ONE_IN_FIVE.test(id));
  return { ...dataset, name: `${dataset.name}, every 5th training picture`, samples: kept };
}
