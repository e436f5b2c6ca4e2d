import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { MintDetector } from '@mint/detector';
import { MintError, own } from '@mint/internal';
import { isOverlayFile, writeFileAtomic } from '@mint/internal/node';
import { overlayPng, shrinkLayers } from '@mint/report';
import type { ScoredImage } from '@mint/trainer';
import type { Deciding } from '../scoring/decisions.js';
import { distinctPaths, safeName } from './file-names.js';
import { marksOf } from './outlines.js';

/** What an overlay shows. */
type Overlaid = Pick<ScoredImage, 'prediction' | 'image'> & {
  readonly sample: Pick<ScoredImage['sample'], 'id' | 'className'>;
};

/** Colour scale of an image's heat map, fixed by held-out good images of the recognised class. */
export function heatScaleOf(
  detector: Pick<MintDetector, 'calibration'>,
  { prediction, sample }: Pick<Overlaid, 'prediction' | 'sample'>,
): readonly [number, number] {
  const { calibration } = detector;
  if (calibration === undefined) {
    throw new MintError(
      'INVALID_ARGUMENT',
      'the model has no calibration, so its heat maps have no scale; train it with `mint train`.',
    );
  }
  return own(calibration.heatScales, prediction.className ?? sample.className) ?? calibration.heatScale;
}

/** Longest side of an overlay in pixels: the whole of a large image fits on a screen. */
const OVERLAY_SIDE = 1600;

/** The overlay of an image as PNG: the image, and the image under its heat map. */
export function overlayOf(detector: Deciding, scored: Overlaid): Uint8Array {
  const { sample, prediction, image } = scored;
  const seen = prediction.className === undefined ? '' : `, recognised as ${prediction.className}`;
  const shown = shrinkLayers({ image, map: prediction.anomalyMap }, OVERLAY_SIDE);
  return overlayPng(shown.image, shown.map, {
    scale: heatScaleOf(detector, scored),
    ...marksOf(detector, prediction, sample.className, shown.image),
    title: `${sample.id}  score ${prediction.score.toFixed(2)}${seen}`,
  });
}

/** Writes an overlay, in place of an older one but never of another file. Returns whether it was written. */
export async function writeOverlay(path: string, png: Uint8Array): Promise<boolean> {
  const isTaken = await access(path).then(
    () => true,
    () => false,
  );
  if (isTaken && !(await isOverlayFile(path))) return false;
  await writeFileAtomic(path, png);
  return true;
}

/** Writes overlays of at most `perKind` images for each kind of defect of each class, and for its good images. */
export class OverlayWriter {
  readonly #detector: MintDetector;
  readonly #folder: string;
  readonly #perKind: number;
  readonly #count = new Map<string, number>();
  readonly #distinct = distinctPaths();
  readonly #pending: { path: string; png: Uint8Array }[] = [];

  constructor(detector: MintDetector, folder: string, perKind: number) {
    this.#detector = detector;
    this.#folder = folder;
    this.#perKind = perKind;
  }

  add(image: ScoredImage): void {
    const { className, label, defect } = image.sample;
    const key = `${className}/${defect ?? label}`;
    const count = this.#count.get(key) ?? 0;
    if (count >= this.#perKind) return;
    this.#count.set(key, count + 1);
    const path = this.#distinct(join(this.#folder, safeName(className), `${safeName(image.sample.id)}.png`));
    this.#pending.push({ path, png: overlayOf(this.#detector, image) });
  }

  async write(): Promise<number> {
    for (const { path, png } of this.#pending) await writeFileAtomic(path, png);
    return this.#pending.length;
  }
}
