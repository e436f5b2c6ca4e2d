import { join } from 'node:path';
import { MintError, oneLine } from '@mint/internal';
import { readFileOf } from '@mint/internal/node';
import { type ClassSample, classFilter, indexed, type LoadOptions } from '../class-samples.js';
import { few, stemOf } from '../names.js';
import { type FolderReader, openFolder } from '../sources/folder-reader.js';
import type { Dataset, DatasetInfo } from '../types.js';
import { asOfficial } from './official.js';

const CLASSES =
  'audiojack bottle_cap button_battery end_cap eraser fire_hood mint mounts pcb phone_battery plastic_nut plastic_plug ' +
  'porcelain_doll regulator rolled_strip_base sim_card_set switch tape terminalblock toothbrush toy toy_brick transistor1 ' +
  'u_block usb usb_adaptor vcpill wooden_beads woodstick zipper';

/** What is known about Real-IAD, read by {@link loadRealIad}. */
export const REAL_IAD: DatasetInfo = {
  name: 'Real-IAD',
  licence: 'CC BY-NC-SA 4.0',
  citation:
    'Wang, Zhu, Gao, et al., "Real-IAD: A Real-World Multi-View Dataset for Benchmarking Versatile Industrial Anomaly Detection", CVPR 2024',
  source: 'https://realiad4ad.github.io/Real-IAD/',
  // 151,050 images in all; the counts by class could not be confirmed.
  counts: Object.fromEntries(CLASSES.split(' ').map((name) => [name, {}])),
};

const LAYOUT = `
  <root>/realiad_<256|512|1024|raw>/<class>/{OK,NG}/…
  <root>/realiad_jsons/realiad_jsons/<class>.json     and realiad_jsons_sv/ for one view`;

/** Options of {@link loadRealIad}. */
export interface RealIadOptions extends LoadOptions {
  /** Resolution: images are read from the folder `realiad_<resolution>`. Default: the largest that is there. */
  readonly resolution?: '256' | '512' | '1024' | 'raw' | undefined;
  /** Folder of the splits: all five views, or the single view. @defaultValue 'realiad_jsons' */
  readonly splits?: string | undefined;
}

/** A split file of a class is under 2 MB. */
const MAX_JSON = 64e6;

/**
 * Reads Real-IAD by its split files; `defect` is the official code, such as `AK` (pit). Rows whose image is missing are left
 * out and reported in `warnings`.
 *
 * @throws MintError `NOT_FOUND` when `root` is not a folder, `EMPTY_DATASET` when images or split files are missing,
 * `CORRUPT_FILE` for a damaged split file, `INVALID_ARGUMENT` for an unknown class or a path that leads out of `root`.
 *
 * @example
 * ```ts no-run
 * import { loadRealIad } from '@mint/data';
 *
 * const oneView = await loadRealIad('Real-IAD', { resolution: '256', splits: 'realiad_jsons_sv' });
 * console.log(oneView.classes.length, oneView.warnings);
 * ```
 */
export async function loadRealIad(root: string, options: RealIadOptions = {}): Promise<Dataset> {
  const { splits = 'realiad_jsons', classes } = options;
  const reader = await openFolder(root);
  const { folders } = await reader.list();
  const sizes = options.resolution === undefined ? ['raw', '1024', '512', '256'] : [options.resolution];
  const images = sizes.map((size) => `realiad_${size}`).find((name) => folders.includes(name));
  const nested = (await reader.list('realiad_jsons')).folders.includes(splits);
  const jsonFolder = nested ? ['realiad_jsons', splits] : [splits];
  const names = (await reader.list(...jsonFolder)).files.filter((file) => file.endsWith('.json')).map(stemOf);
  if (images === undefined || names.length === 0) {
    const lacking =
      images === undefined
        ? sizes.map((size) => `realiad_${size}/`).join(', ')
        : `${jsonFolder.join('/')}/*.json`;
    throw new MintError('EMPTY_DATASET', `${reader.root}: no ${lacking}. Expected:${LAYOUT}`);
  }
  const missing: string[] = [];
  const samples: ClassSample[] = [];
  for (const name of names.filter(classFilter(reader.root, names, options))) {
    const path = join(reader.root, ...jsonFolder, `${name}.json`);
    samples.push(...(await readClass(reader, name, path, images, missing)));
  }
  if (samples.length === 0)
    throw new MintError('EMPTY_DATASET', `${reader.root}: no image of the split files is in ${images}.`);
  const warnings =
    missing.length === 0
      ? []
      : [`${missing.length} files of the split files are not in ${images}: ${few(missing)}.`];
  return asOfficial({ ...indexed(samples), name: reader.name, warnings }, REAL_IAD, classes === undefined);
}

async function readClass(
  reader: FolderReader,
  className: string,
  path: string,
  images: string,
  missing: string[],
): Promise<ClassSample[]> {
  const { normalClass, prefix, rows } = await readSplits(path);
  const samples: ClassSample[] = [];
  for (const { split, image, mask, anomalyClass } of rows) {
    const locate = async (file: string) => {
      const found = await reader.locate([images, prefix, file].join('/'));
      if (found === undefined) missing.push(`${prefix}/${file}`);
      return found;
    };
    const imagePath = await locate(image);
    const normal = anomalyClass === normalClass;
    const maskPath = normal || mask === undefined ? undefined : await locate(mask);
    if (imagePath === undefined) continue;
    samples.push({
      id: `${className}/${stemOf(image)}`,
      className,
      split,
      imagePath,
      ...(normal ? { label: 'normal' } : { label: 'anomalous', defect: anomalyClass }),
      maskPath,
    });
  }
  return samples;
}

interface SplitRow {
  readonly split: 'train' | 'test';
  readonly image: string;
  readonly mask: string | undefined;
  readonly anomalyClass: string;
}

async function readSplits(path: string) {
  const bytes = await readFileOf('split of Real-IAD', path);
  const fail = (what: string) => new MintError('CORRUPT_FILE', `${path}: ${what}.`);
  if (bytes.length > MAX_JSON) throw fail(`${bytes.length} bytes are over the limit of ${MAX_JSON}`);
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw fail(`not valid JSON: ${oneLine(error)}`);
  }
  const text = (value: unknown, key: string): string => {
    const found = field(value, key);
    if (typeof found !== 'string')
      throw fail(`'${key}' must be text, got ${JSON.stringify(found)?.slice(0, 60)}`);
    return found;
  };
  const meta = field(content, 'meta');
  const rows = (['train', 'test'] as const).flatMap((split): SplitRow[] => {
    const list = field(content, split);
    if (!Array.isArray(list)) throw fail(`'${split}' must be a list`);
    return list.map((row: unknown) => {
      const mask = field(row, 'mask_path');
      return {
        split,
        image: text(row, 'image_path'),
        anomalyClass: text(row, 'anomaly_class'),
        mask: typeof mask === 'string' && mask !== '' ? mask : undefined,
      };
    });
  });
  return { normalClass: text(meta, 'normal_class'), prefix: text(meta, 'prefix').replace(/\/+$/, ''), rows };
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([name]) => name === key)?.[1]
    : undefined;
}
