import { flags, type Study, type StudyData, setting } from '@examples/shared';
import { CIFAR10_SPLITS, type Dataset, loadCifar10 } from '@mint/data';
import { PAPER_CONFIG } from '@mint/detector';

/** UniAD's blocks, but for 31, which its preset has and our weight file ends before: 30 lies one residual block earlier. */
const BLOCKS = [1, 5, 9, 21, 30];
/** Every fifth of the 25,000 training pictures of a split, so that two cores are done in an hour or two. */
const EVERY = 5;

/** UniAD's choices for CIFAR-10: Lanczos, and the mean of the map as score. */
const cifar = {
  input: { ...PAPER_CONFIG.input, filter: 'lanczos' },
  score: 'mean',
} as const;
const train = { ...setting('').train, epochs: 2 };

export const study: Study = {
  name: 'cifar10',
  settings: [setting('uniad', { ...cifar, train, model: 'uniad' }), setting('mint-ad', { ...cifar, train })],
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
  const kept = dataset.samples.filter(({ split }, i) => split === 'test' || i % EVERY === 0);
  return { ...dataset, name: `${dataset.name}, every ${EVERY}th training picture`, samples: kept };
}
