/**
 * Writes and reads a feature cache until it is killed, image after image in a seeded order; ends with exit code 3 when
 * it reads a wrong feature: `cache-writer.ts <folder> <seed> <images>`.
 */
import { Random } from '@mint/internal';
import { FeatureCache } from '../features/feature-cache.js';
import { madeFeatures, imageHash, readEach, SHAPE } from './made-features.js';

const [folder = '', seed = '0', images = '1'] = process.argv.slice(2);
const random = new Random(Number(seed));
const cache = new FeatureCache(folder, 'made', { shardBytes: 20_000 });
process.stdout.write('ready\n');
for (;;) {
  const written = random.int(Number(images));
  await cache.write(imageHash(written), madeFeatures(written), SHAPE);
  const asked = Array.from({ length: 4 }, () => random.int(Number(images)));
  const read = await readEach(cache, asked.map(imageHash));
  const wrong = read.some((features, i) => {
    const expected = madeFeatures(asked[i] as number);
    return features !== undefined && !features.every((value, at) => value === expected[at]);
  });
  if (wrong) process.exit(3);
}
