/**
 * Draws docs/procedural-classes.png (60 classes, each with a good and an anomalous image) and docs/synthetic-anomalies.png (the
 * kinds of synthetic anomalies on procedural images): `pnpm --filter @mint/data images`.
 */
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { proceduralDataset, type RgbImage, SYNTHETIC_KINDS, syntheticAnomaly } from '../src/index.js';

const SIDE = 112;
const GAP = 2;

async function grid(name: string, columns: number, cells: readonly RgbImage[]): Promise<void> {
  const pitch = SIDE + GAP;
  const rows = Math.ceil(cells.length / columns);
  const path = fileURLToPath(new URL(`../../../docs/${name}.png`, import.meta.url));
  await sharp({
    create: { width: columns * pitch, height: rows * pitch, channels: 3, background: '#ffffff' },
  })
    .composite(
      cells.map(({ data, width, height }, i) => ({
        input: Buffer.from(data),
        raw: { width, height, channels: 3 },
        left: (i % columns) * pitch,
        top: Math.floor(i / columns) * pitch,
      })),
    )
    .png({ palette: true, quality: 90, compressionLevel: 9 })
    .toFile(path);
}

const scaling = proceduralDataset({
  classes: 60,
  size: SIDE,
  trainPerClass: 1,
  testGoodPerClass: 0,
  defectsPerClass: 1,
});
await grid(
  'procedural-classes',
  12,
  scaling.classes.flatMap((_, index) => {
    const [good, ...bad] = scaling.samples.filter(({ classIndex }) => classIndex === index);
    return [good, bad[index % 4]].flatMap((sample) => sample?.render?.().image ?? []);
  }),
);

const four = proceduralDataset({ size: 2 * SIDE, trainPerClass: 1, testGoodPerClass: 0, defectsPerClass: 0 });
const cells: RgbImage[] = [];
for (const [row, { render }] of four.samples.entries()) {
  const image = render?.().image;
  if (image === undefined) continue;
  const examples = SYNTHETIC_KINDS.flatMap((kind) =>
    [0, 1].map((k) => syntheticAnomaly(image, 10 * row + k, kind).image),
  );
  for (const { data, width, height } of [image, ...examples]) {
    const small = await sharp(data, { raw: { width, height, channels: 3 } })
      .resize(SIDE, SIDE)
      .raw()
      .toBuffer();
    cells.push({ width: SIDE, height: SIDE, data: small });
  }
}
await grid('synthetic-anomalies', 1 + 2 * SYNTHETIC_KINDS.length, cells);
