/**
 * Loads images on threads, prints the SHA-256 of each batch and what was left out, leaves a second loop early, and
 * must then end by itself: `load-on-threads.ts <threads> <path>…`.
 */
import { sha256 } from '@mint/internal/node';
import { batches, type Sample } from '../index.js';

const [threads = '0', ...paths] = process.argv.slice(2);
let ready = 0;
process.on('worker', (worker) => worker.once('message', () => ready++));
const samples = paths.map((imagePath, i): Sample => {
  const maskPath = i % 3 === 0 ? imagePath : undefined;
  return {
    id: `a/train/good/${i}`,
    className: 'a',
    classIndex: 0,
    split: 'train',
    label: 'normal',
    imagePath,
    maskPath,
  };
});
const options = {
  batchSize: 3,
  preprocessing: { width: 17, height: 13, filter: 'bicubic' },
  workers: Number(threads),
  onError: (error: Error) => console.log('left out', error.message),
} as const;
for await (const { images, masks, hashes } of batches(samples, options))
  console.log(sha256(images), masks.map((mask) => mask && sha256(mask.data)).join(), hashes.join());
console.log('threads', ready);
for await (const _ of batches(samples, options)) break;
const [first] = samples;
if (first !== undefined) {
  const rendered = {
    ...first,
    imagePath: undefined,
    render: () => ({ image: { width: 1, height: 1, data: Uint8Array.of(1, 2, 3) } }),
  };
  const { imagePath: _, maskPath: __, ...sample } = rendered;
  for await (const { images } of batches([sample], options)) console.log(images[2]);
  // An abandoned loop keeps nothing alive.
  await batches(samples, options)[Symbol.asyncIterator]().next();
}
