import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Dataset, loadDataset, prepareImage, readSample, type Sample, type Size } from '@mint/data';
import {
  interestMask,
  MintDetector,
  PAPER_CONFIG,
  preprocessingOf,
  type RegionOfInterest,
} from '@mint/detector';
import { MintError } from '@mint/internal';
import { writeFileAtomic } from '@mint/internal/node';
import { maskPng, type OverlayItem, overlaySheet } from '@mint/report';
import { featureCacheOf, inputFor, type ProposedRegion, proposeRegions } from '@mint/trainer';
import { useDevice } from '../../devices/device.js';
import { jobHooks } from '../../jobs/hooks.js';
import { localCache } from '../../jobs/local-cache.js';
import { sayLayout } from '../../output/dataset-notes.js';
import { safeName } from '../../output/file-names.js';
import type { CommandContext } from '../../shell/context.js';
import { SHEETS } from '../../shell/interest-files.js';
import { chooseBackbone } from '../train/backbone.js';
import type { ProposeFlags } from './flags.js';

/** Images on a sheet, and how many of them in a row. */
const SHOWN = 6;
const COLUMNS = 2;

/** What the command says about a class. */
interface Row {
  readonly class: string;
  /** Images that were looked at. */
  readonly images: number;
  /** Share of the image, from 0 to 1; absent where no region is proposed. */
  readonly share?: number | undefined;
  /** Absent where no region is proposed. */
  readonly mask?: string | undefined;
  readonly overlays: string;
}

/** `mint roi propose <data> --out <folder>`: a mask and a sheet of overlays for each class. Returns the exit code. */
export async function runPropose(
  data: string,
  flags: ProposeFlags,
  { progress, print }: CommandContext,
): Promise<number> {
  const { classes, goodWords, defectWords, root } = flags;
  const out = resolve(flags.out);
  const dataset = await loadDataset(data, { classes, goodWords, defectWords, root });
  sayLayout(dataset, progress);
  if (!flags.overwrite) await assertFree(out, dataset);
  const isNamed = (flags.backbone ?? flags.weights) !== undefined;
  const { backbone, weights } = await chooseBackbone(
    isNamed ? flags : { backbone: ['scattering'] },
    progress,
  );
  const device = await useDevice(flags, progress);
  const good = dataset.samples.filter(({ split, label }) => split === 'train' && label === 'normal');
  const config = {
    ...PAPER_CONFIG,
    ...inputFor(backbone, PAPER_CONFIG.input),
    backbone,
    classes: dataset.classes,
  };
  const detector = MintDetector.create(config, { backbone: weights });
  try {
    const cache = featureCacheOf(await localCache(flags.cache, out, progress), detector, { device });
    const { onError } = jobHooks(progress, flags.strict);
    const proposed = await proposeRegions(detector, cache, good, { onError });
    const rows: Row[] = [];
    for (const [name, region] of Object.entries(proposed)) {
      const images = good.filter(({ className }) => className === name);
      rows.push(await writeProposal(out, name, region, images, detector));
    }
    print(tableOf(rows), { regions: rows });
    progress.say(
      `look at the sheets in ${join(out, SHEETS)} and correct the masks; then give --roi ${flags.out}`,
    );
    return rows.some(({ mask }) => mask !== undefined) ? 0 : 1;
  } finally {
    detector.dispose();
  }
}

/** Masks may have been drawn by hand. */
async function assertFree(out: string, { classes }: Dataset): Promise<void> {
  for (const name of classes) {
    const path = maskPath(out, name);
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere)
      throw new MintError(
        'INVALID_ARGUMENT',
        `${path}: is there already; nothing was written. Give --overwrite to replace it, or another --out.`,
      );
  }
}

const maskPath = (out: string, name: string): string => join(out, `${safeName(name)}.png`);

async function writeProposal(
  out: string,
  name: string,
  { interest, share, foreground, images: looked }: ProposedRegion,
  images: readonly Sample[],
  detector: MintDetector,
): Promise<Row> {
  const chosen = Array.from(
    { length: Math.min(SHOWN, images.length) },
    (_, i) => images[Math.floor((i * images.length) / Math.min(SHOWN, images.length))] as Sample,
  );
  const items: OverlayItem[] = [];
  let size: Size | undefined;
  for (const sample of chosen) {
    const { image } = await readSample(sample);
    size ??= image;
    const shown = prepareImage({ image }, preprocessingOf(detector.config)).image;
    items.push(overlayOf(sample.id, shown, foreground, interest, detector.config.grid));
  }
  const overlays = join(out, SHEETS, `${safeName(name)}.png`);
  await writeFileAtomic(overlays, overlaySheet(items, COLUMNS));
  if (interest === undefined || size === undefined) return { class: name, images: looked, overlays };
  const { width, height } = size;
  const mask = maskPath(out, name);
  await writeFileAtomic(mask, maskPng({ width, height, data: interestMask(interest, size) }));
  return { class: name, images: looked, share, mask, overlays };
}

/** An image under the share of the images in which each place is foreground, and the edge of the region. */
function overlayOf(
  title: string,
  image: OverlayItem['image'],
  foreground: Float32Array,
  interest: RegionOfInterest | undefined,
  [rows, cols]: readonly [number, number],
): OverlayItem {
  const outlines = (interest ?? []).map((ring) => ({
    ring: ring.map(([x, y]) => [x * image.width, y * image.height] as const),
    isEdge: true,
  }));
  const { width, height } = image;
  const map = Float32Array.from({ length: width * height }, (_, i) => {
    const [y, x] = [Math.floor(i / width), i % width];
    return foreground[Math.floor((y * rows) / height) * cols + Math.floor((x * cols) / width)] ?? 0;
  });
  return { image, map, options: { scale: [0, 1], outlines, title } };
}

function tableOf(rows: readonly Row[]): string {
  const width = Math.max(5, ...rows.map(({ class: name }) => name.length));
  return [
    `${'class'.padEnd(width)}  images  region`,
    ...rows.map(({ class: name, images, share, mask }) => {
      const region =
        mask === undefined
          ? 'none: nothing stands out from the border of the images'
          : `${Math.round(100 * (share ?? 0))} % of the image: ${mask}`;
      return `${name.padEnd(width)}  ${String(images).padStart(6)}  ${region}`;
    }),
  ].join('\n');
}
