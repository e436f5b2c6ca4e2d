import { dirname, join, relative, resolve } from 'node:path';
import { type Prediction, regionMask } from '@mint/detector';
import { writeFileAtomic } from '@mint/internal/node';
import { maskPng } from '@mint/report';
import type { ImageDecision } from '../scoring/decisions.js';
import { cocoFile, labelmeFile, type MarkedImage } from './coco.js';
import { npyFile, tiffFile } from './map-files.js';

/** Where files about the regions of images go. */
export interface RegionFileFlags {
  /** Folder of masks at the images' own size. */
  readonly masks?: string | undefined;
  /** Folder of anomaly maps as they are, `.npy` and `.tiff`. */
  readonly maps?: string | undefined;
  /** One file for all images. */
  readonly coco?: string | undefined;
  /** Folder with a file for each image. */
  readonly labelme?: string | undefined;
}

/** Writes masks, maps and annotations of scored images. */
export class RegionFiles {
  readonly #flags: RegionFileFlags;
  readonly #images: MarkedImage[] = [];
  #withoutLimits = 0;

  constructor(flags: RegionFileFlags) {
    this.#flags = flags;
  }

  /**
   * @param name - The image's path or address.
   * @param file - What files about it are called, without an ending of their own.
   */
  async add(name: string, file: string, prediction: Prediction, decision: ImageDecision): Promise<void> {
    const { masks, maps, labelme } = this.#flags;
    const { anomalyMap: data, width, height } = prediction;
    if (maps !== undefined) {
      await writeFileAtomic(join(maps, `${file}.npy`), npyFile({ width, height, data }));
      await writeFileAtomic(join(maps, `${file}.tiff`), tiffFile({ width, height, data }));
    }
    const { regions, class: className } = decision;
    if (regions === undefined) {
      this.#withoutLimits += 1;
      return;
    }
    const size = prediction.frame?.image ?? { width, height };
    const marked = (folder: string): MarkedImage => ({
      path: pathFrom(folder, name),
      size,
      className,
      regions,
    });
    if (masks !== undefined)
      await writeFileAtomic(join(masks, `${file}.png`), maskPng(regionMask(regions, size)));
    if (labelme !== undefined) {
      const path = join(labelme, `${file}.json`);
      await writeFileAtomic(path, json(labelmeFile(marked(dirname(path)))));
    }
    if (this.#flags.coco !== undefined) this.#images.push(marked(dirname(this.#flags.coco)));
  }

  /** Writes the file for all images, and says what was left out. */
  async end(say: (text: string) => void): Promise<void> {
    const { masks, coco, labelme } = this.#flags;
    if (coco !== undefined) await writeFileAtomic(coco, json(cocoFile(this.#images)));
    if (this.#withoutLimits > 0 && [masks, coco, labelme].some((path) => path !== undefined))
      say(`left out of masks and annotations: ${this.#withoutLimits} images whose class has no limits`);
  }
}

/** The image as a file in a folder would name it. */
const pathFrom = (folder: string, name: string): string =>
  /^(https?|data|base64)[:;]/i.test(name) || name === '-'
    ? name
    : relative(resolve(folder), resolve(name)).replaceAll('\\', '/');

const json = (content: object): string => `${JSON.stringify(content, null, 1)}\n`;
