import { flags, preset, type Study, type StudyData, setting, small } from '@examples/shared';
import { CIFAR10_SPLITS, type Dataset, loadCifar10 } from '@mint/data';
import { PAPER_CONFIG } from '@mint/detector';

/** UniAD's blocks; with preset `cpu` 30 for the last, which our weight file ends before: it lies one residual block earlier. */
const BLOCKS = [1, 5, 9, 21, preset === 'cpu' ? 30 : 31];
/** Every fifth of the 25,000 training images of a split, the same of an object in every split, so that two cores are done in an hour or two with preset `cpu`. */
const ONE_IN_FIVE = /[05]$/;

/** UniAD's choices for CIFAR-10: Lanczos, the mean of the map as score, batches of 16. With preset `cpu` the small network and one epoch. */
const cifar = {
  ...small,
  input: { ...PAPER_CONFIG.input, filter: 'lanczos' },
  score: 'mean',
  train: preset === 'cpu' ? { ...small.train, epochs: 1 } : { batchSize: 16 },
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

/** `--data`: the official binary batches, or a pack of JPEG files. The four splits; all 10,000 test images in each. */
export async function loadData(): Promise<StudyData[]> {
  const { data } = flags;
  if (data === undefined)
    throw new Error('give --data: the folder with data_batch_1.bin … test_batch.bin of CIFAR-10.');
  return Promise.all(
    CIFAR10_SPLITS.map(async (normals, split) => {
      const whole = await loadCifar10(data, { split, objects: true });
      const dataset = preset === 'cpu' ? thinned(whole) : whole;
      return { name: `cifar10-${normals.join('')}`, dataset };
    }),
  );
}

function thinned(dataset: Dataset): Dataset {
  const kept = dataset.samples.filter(({ id, split }) => split === 'test' || ONE_IN_FIVE.test(id));
  return { ...dataset, name: `${dataset.name}, every 5th training image`, samples: kept };
}
