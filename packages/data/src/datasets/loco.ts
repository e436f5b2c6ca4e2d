import { join } from 'node:path';
import type { Mask } from '@mint/image';
import { MintError } from '@mint/internal';
import { readFileOf } from '@mint/internal/node';
import type { LoadOptions } from '../class-samples.js';
import { decodeImage } from '../decode/decode.js';
import type { TreeLayout } from '../published/layout.js';
import { readTree } from '../published/mvtec-tree.js';
import { openFolder } from '../sources/folder-reader.js';
import { maskPathsOf } from '../sources/read.js';
import type { Dataset, DatasetInfo, Sample } from '../types.js';
import { asOfficial } from './official.js';

const counts = (
  train: number,
  validation: number,
  testNormal: number,
  logical: number,
  structural: number,
) => ({
  train,
  validation,
  testNormal,
  testAnomalous: logical + structural,
});

/** What is known about MVTec LOCO AD, read by {@link loadLoco}. */
export const MVTEC_LOCO: DatasetInfo = {
  name: 'MVTec LOCO AD',
  licence: 'CC BY-NC-SA 4.0',
  citation:
    'Bergmann, Batzner, Fauser, Sattlegger, Steger, "Beyond Dents and Scratches: Logical Constraints in Unsupervised Anomaly Detection and Localization", IJCV 2022',
  source: 'https://www.mvtec.com/company/research/datasets/mvtec-loco',
  counts: {
    breakfast_box: counts(351, 62, 102, 83, 90),
    juice_bottle: counts(335, 54, 94, 142, 94),
    pushpins: counts(372, 69, 138, 91, 81),
    screw_bag: counts(360, 60, 122, 137, 82),
    splicing_connectors: counts(360, 60, 119, 108, 85),
  },
};

const LOCO_LAYOUT: TreeLayout = {
  good: 'good',
  test: 'test',
  masks: { root: ['ground_truth'] },
  maskFolders: true,
};

const LAYOUT = `
  <root>/<class>/{train/good,validation/good,test/good,test/logical_anomalies,test/structural_anomalies}/*.png
  <root>/<class>/ground_truth/<kind>/<stem>/*.png     one mask per defect
  <root>/<class>/defects_config.json`;

/**
 * Reads MVTec LOCO AD. `defect` is `logical_anomalies` or `structural_anomalies`; `maskPath` lists a mask for each defect of
 * an image, and the mask of the sample is their union. Images of `validation/good` have the split `validation`.
 *
 * @throws MintError `NOT_FOUND` when `root` is not a folder, `EMPTY_DATASET` when it has no image in this layout,
 * `INVALID_ARGUMENT` for an unknown class or a symbolic link that leads out of `root`.
 *
 * @example
 * ```ts no-run
 * import { loadLoco, loadLocoRegions } from '@mint/data';
 *
 * const { samples } = await loadLoco('mvtec_loco_anomaly_detection', { classes: ['pushpins'] });
 * for (const sample of samples.filter(({ label }) => label === 'anomalous')) {
 *   for (const { defect, saturation } of await loadLocoRegions(sample)) console.log(sample.id, defect, saturation);
 * }
 * ```
 */
export async function loadLoco(root: string, options: LoadOptions = {}): Promise<Dataset> {
  const { dataset } = await readTree(await openFolder(root), LOCO_LAYOUT, LAYOUT, options);
  return asOfficial(dataset, MVTEC_LOCO, options.classes === undefined);
}

/** One defect of an image, for the saturated per-region overlap (sPRO). */
export interface LocoRegion {
  /** Name of the defect in `defects_config.json`. */
  readonly defect: string;
  /** 1 where the defect is, at the image's own size. */
  readonly mask: Mask;
  /** Number of pixels that count as the whole region: how much of it a map must cover, at the image's own size. */
  readonly saturation: number;
}

/**
 * The defects of an image, each with its mask and its saturation from `defects_config.json`: the threshold times the region's
 * area where it is relative, otherwise the threshold, at most the area; rounded down. This is our reading: neither the real data
 * set nor MVTec's evaluation code was available for comparison.
 *
 * See the example of {@link loadLoco}.
 *
 * @param sample - A sample of {@link loadLoco}; without masks it has no regions.
 * @throws MintError `NOT_FOUND` without the configuration, `CORRUPT_FILE` when it is damaged or lacks a mask's value; as
 * {@link decodeImage} for a mask that cannot be read.
 * @see Bergmann et al. 2022, section 4.
 */
export async function loadLocoRegions(sample: Sample): Promise<LocoRegion[]> {
  const paths = maskPathsOf(sample);
  const [first] = paths;
  if (first === undefined) return [];
  const config = await readDefects(join(first, '..', '..', '..', '..', 'defects_config.json'));
  return Promise.all(
    paths.map(async (path) => {
      const { width, height, data } = await decodeImage(await readFileOf('mask', path), path);
      const mask = Uint8Array.from({ length: width * height }, (_, i) => (data[3 * i] === 0 ? 0 : 1));
      const value = data.find((byte) => byte !== 0);
      const defect = config.defects.find(({ pixel_value }) => pixel_value === value);
      if (defect === undefined) {
        throw new MintError(
          'CORRUPT_FILE',
          `${path}: its value ${value ?? 0} is not in ${config.path}: ${config.defects.map(({ pixel_value }) => pixel_value).join(', ')}.`,
        );
      }
      const area = mask.reduce((sum, bit) => sum + bit, 0);
      const { saturation_threshold: threshold, relative_saturation: relative } = defect;
      const saturation = Math.floor(relative ? threshold * area : Math.min(threshold, area));
      return { defect: defect.defect_name, mask: { width, height, data: mask }, saturation };
    }),
  );
}

interface LocoDefect {
  readonly defect_name: string;
  readonly pixel_value: number;
  readonly saturation_threshold: number;
  readonly relative_saturation: boolean;
}

async function readDefects(path: string): Promise<{ path: string; defects: LocoDefect[] }> {
  const text = new TextDecoder().decode(await readFileOf('saturation of the defects', path));
  const fail = (what: string, cause?: unknown) =>
    new MintError('CORRUPT_FILE', `${path}: ${what}.`, { cause });
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw fail('not valid JSON', error);
  }
  if (!Array.isArray(content) || !content.every(isDefect))
    throw fail('expected a list of {defect_name, pixel_value, saturation_threshold, relative_saturation}');
  return { path, defects: content };
}

function isDefect(value: unknown): value is LocoDefect {
  if (typeof value !== 'object' || value === null) return false;
  const entry = value as Partial<Record<keyof LocoDefect, unknown>>;
  return (
    typeof entry.defect_name === 'string' &&
    typeof entry.pixel_value === 'number' &&
    typeof entry.saturation_threshold === 'number' &&
    entry.saturation_threshold > 0 &&
    typeof entry.relative_saturation === 'boolean'
  );
}
