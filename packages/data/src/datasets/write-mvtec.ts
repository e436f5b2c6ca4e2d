import { join } from 'node:path';
import { MintError } from '@mint/internal';
import { writeFilesAtomic } from '@mint/internal/node';
import sharp from 'sharp';
import { readSample } from '../batches/load-sample.js';
import { UNNAMED_DEFECT } from '../class-samples.js';
import type { Dataset, Sample } from '../types.js';

/**
 * Writes a data set in the layout of MVTec AD, images and masks (0 and 255) as PNG, so that any other tool can
 * read it. Each file appears whole or not at all; files with the same names are replaced.
 *
 * @param folder - Made when missing.
 * @throws MintError `INVALID_ARGUMENT` for a class, defect or id that is not a plain file name; as {@link readSample} for a
 * sample that cannot be read; `DISK_FULL`, `UNAVAILABLE` when writing fails.
 *
 * @example
 * ```ts
 * import { mkdtemp, readdir } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { proceduralDataset, writeMvtec } from '@mint/data';
 *
 * const folder = await mkdtemp(join(tmpdir(), 'mint-'));
 * await writeMvtec(proceduralDataset({ trainPerClass: 1, testGoodPerClass: 1, defectsPerClass: 1, size: 32 }), folder);
 * console.log(await readdir(join(folder, 'gear'))); // [ 'ground_truth', 'test', 'train' ]
 * ```
 */
export async function writeMvtec(dataset: Dataset, folder: string): Promise<void> {
  for (const sample of dataset.samples) {
    const { className, split, defect, label } = sample;
    const stem = sample.id.split('/').at(-1) ?? '';
    const kind = label === 'normal' ? 'good' : (defect ?? UNNAMED_DEFECT);
    for (const part of [className, kind, stem]) assertFileName(sample, part);
    const { image, mask } = await readSample(sample);
    const { width, height } = image;
    const files = [
      {
        path: join(folder, className, split, kind, `${stem}.png`),
        content: await encodePng(image.data, width, height, 3),
      },
    ];
    if (mask !== undefined && label === 'anomalous') {
      files.push({
        path: join(folder, className, 'ground_truth', kind, `${stem}_mask.png`),
        content: await encodePng(
          mask.data.map((value) => 255 * value),
          mask.width,
          mask.height,
          1,
        ),
      });
    }
    await writeFilesAtomic(files);
  }
}

function encodePng(data: Uint8Array, width: number, height: number, channels: 1 | 3): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels } })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .png()
    .toBuffer();
}

function assertFileName({ id }: Sample, part: string): void {
  if (part !== '' && !part.startsWith('.') && !/[/\\\0]/.test(part)) return;
  throw new MintError(
    'INVALID_ARGUMENT',
    `writeMvtec: '${part}' of sample '${id}' is not a plain file name.`,
  );
}
