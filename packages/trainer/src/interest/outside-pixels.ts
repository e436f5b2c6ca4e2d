import { batches, type Sample } from '@mint/data';
import {
  type Calibration,
  interestMask,
  type MintDetector,
  preprocessingOf,
  shortHash,
} from '@mint/detector';
import { own } from '@mint/internal';
import type { OutsideOptions } from './outside-features.js';

/** Rows and columns of the small image that stands in for what lies outside. */
const SIDE = 8;

/**
 * What stands in for the pixels outside of the regions of interest, by class: the mean colours that good images have there, as a small
 * image; see `Calibration.outsidePixels`.
 *
 * @param images - Good images; those without a region of their own or of their class are not read.
 * @returns A class that is looked at everywhere has no entry.
 *
 * @example
 * ```ts
 * import { proceduralDataset } from '@mint/data';
 * import { MintDetector, PAPER_CONFIG } from '@mint/detector';
 * import { outsidePixels } from '@mint/trainer';
 * import '@tensorflow/tfjs-backend-cpu';
 *
 * const { samples, classes } = proceduralDataset({ trainPerClass: 2, size: 64 });
 * const input = { ...PAPER_CONFIG.input, width: 64, height: 64 };
 * const detector = MintDetector.create({ ...PAPER_CONFIG, classes, input, backbone: { kind: 'scattering' }, grid: [8, 8] });
 * const left = [[[0, 0], [0.5, 0], [0.5, 1], [0, 1]]] as const;
 * const outside = await outsidePixels(detector, samples, { gear: left });
 * console.log(Object.keys(outside), outside.gear?.length); // [ 'gear' ] 192
 * ```
 */
export async function outsidePixels(
  detector: Pick<MintDetector, 'config'>,
  images: readonly Sample[],
  regions: Calibration['regionsOfInterest'] = {},
  { only, onError, batchSize = 8, onProgress }: OutsideOptions = {},
): Promise<NonNullable<Calibration['outsidePixels']>> {
  const regionOf = ({ className, interest }: Sample) => interest ?? own(regions, className);
  const wanted = images.filter((sample) => regionOf(sample) !== undefined);
  const sums = new Map<string, ColourSums>();
  const preprocessing = preprocessingOf(detector.config);
  let done = 0;
  for await (const { samples, hashes, images: pixels, shape } of batches(wanted, {
    batchSize,
    preprocessing,
    onError,
  })) {
    const [, height, width] = shape;
    const bytes = height * width * 3;
    samples.forEach((sample, i) => {
      if (only !== undefined && !only.has(shortHash(hashes[i] ?? ''))) return;
      const sum = sums.get(sample.className) ?? newSums();
      sums.set(sample.className, sum);
      const inside = interestMask(regionOf(sample) ?? [], { width, height });
      addOutside(sum, { width, height, data: pixels.subarray(i * bytes, (i + 1) * bytes) }, inside);
    });
    done += samples.length;
    onProgress?.(done);
  }
  return Object.fromEntries(
    [...sums].flatMap(([name, sum]) => {
      const colours = meanColours(sum);
      return colours === undefined ? [] : [[name, colours]];
    }),
  );
}

/** Sums of colours and numbers of pixels, by cell. */
interface ColourSums {
  readonly colours: Float64Array;
  readonly pixels: Float64Array;
}

const newSums = (): ColourSums => ({
  colours: new Float64Array(3 * SIDE * SIDE),
  pixels: new Float64Array(SIDE * SIDE),
});

function addOutside(
  { colours, pixels }: ColourSums,
  { width, height, data }: { readonly width: number; readonly height: number; readonly data: Uint8Array },
  inside: Uint8Array,
): void {
  const columns = Array.from({ length: width }, (_, x) => Math.floor((x * SIDE) / width));
  for (let y = 0; y < height; y++) {
    const row = SIDE * Math.floor((y * SIDE) / height);
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      if (inside[i] === 1) continue;
      const cell = row + (columns[x] as number);
      pixels[cell] = (pixels[cell] as number) + 1;
      for (let c = 0; c < 3; c++)
        colours[3 * cell + c] = (colours[3 * cell + c] as number) + (data[3 * i + c] as number);
    }
  }
}

/** Mean colours of the cells, 0 to 255; a cell without a pixel outside has the mean of all. Undefined where nothing lies outside. */
function meanColours({ colours, pixels }: ColourSums): number[] | undefined {
  const all = pixels.reduce((sum, count) => sum + count, 0);
  if (all === 0) return undefined;
  const overall = [0, 1, 2].map((c) => colours.reduce((sum, v, i) => (i % 3 === c ? sum + v : sum), 0) / all);
  return Array.from(colours, (sum, i) => {
    const count = pixels[Math.floor(i / 3)] as number;
    return Math.round(count > 0 ? sum / count : (overall[i % 3] as number));
  });
}
