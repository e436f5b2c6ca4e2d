import { readFileSync } from 'node:fs';
import { sha256 } from '@mint/internal/node';
import sharp from 'sharp';
import { decodeImage } from './decode.js';
import { resizeImage } from './resize.js';

const files = Array.from({ length: 16 }, (_, i) => readFileSync(`/tmp/cache/jpg/${i}.jpg`));
const time = async (n: string, f: (b: Buffer) => unknown, reps = 4) => {
  for (const b of files) await f(b);
  const t = performance.now();
  for (let r = 0; r < reps; r++) for (const b of files) await f(b);
  console.log(n.padEnd(44), ((performance.now() - t) / reps / 16).toFixed(2), 'ms');
};
console.log(sharp.concurrency(), sharp.versions, sharp.simd(), sharp.cache());
const dec = await Promise.all(files.map((b, i) => decodeImage(b, String(i))));
let k = 0;
for (const c of [2, 1]) {
  sharp.concurrency(c);
  console.log('concurrency', c);
  await time('decodeImage', (b) => decodeImage(b, 'x'));
  await time('metadata only', (b) => sharp(b, { failOn: 'warning' }).metadata());
  await time('sharp raw plain', (b) => sharp(b).raw().toBuffer());
  await time('sharp raw failOn sequential', (b) =>
    sharp(b, { failOn: 'warning', sequentialRead: true } as any)
      .raw()
      .toBuffer(),
  );
  await time('autoOrient flatten srgb', (b) =>
    sharp(b, { failOn: 'warning' })
      .autoOrient()
      .flatten({ background: '#000' })
      .toColourspace('srgb')
      .raw()
      .toBuffer(),
  );
  await time('flatten only', (b) =>
    sharp(b, { failOn: 'warning' }).flatten({ background: '#000' }).raw().toBuffer(),
  );
  await time('autoOrient only', (b) => sharp(b, { failOn: 'warning' }).autoOrient().raw().toBuffer());
  await time('random access', (b) => sharp(b, { failOn: 'warning', sequentialRead: false }).raw().toBuffer());
}
await time('sha256', (b) => sha256(b));
await time('resize bilinear 224', () => resizeImage(dec[k++ % 16]!, 224, 224, 'bilinear'));
await time('resize lanczos 224', () => resizeImage(dec[k++ % 16]!, 224, 224, 'lanczos'));
