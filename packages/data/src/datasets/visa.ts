import { extname, join } from 'node:path';
import { MintError } from '@mint/internal';
import { readFileOf } from '@mint/internal/node';
import { parse } from 'csv-parse/sync';
import { type ClassSample, classFilter, indexed, type LoadOptions } from '../class-samples.js';
import { byCodeUnit, few } from '../names.js';
import { MVTEC_LAYOUT } from '../published/layout.js';
import { readTree } from '../published/mvtec-tree.js';
import { type FolderReader, openFolder } from '../sources/folder-reader.js';
import type { Dataset, DatasetInfo } from '../types.js';
import { asOfficial, splitCounts } from './official.js';

/** What is known about VisA, read by {@link loadVisa}. */
export const VISA: DatasetInfo = {
  name: 'VisA',
  licence: 'CC BY 4.0',
  citation:
    'Zou, Jeong, Pemula, Zhang, Dabeer, "SPot-the-Difference Self-Supervised Pre-training for Anomaly Detection and Segmentation", ECCV 2022',
  source: 'https://github.com/amazon-science/spot-diff',
  counts: splitCounts({
    candle: [900, 100, 100],
    capsules: [542, 60, 100],
    cashew: [450, 50, 100],
    chewinggum: [453, 50, 100],
    fryum: [450, 50, 100],
    macaroni1: [900, 100, 100],
    macaroni2: [900, 100, 100],
    pcb1: [904, 100, 100],
    pcb2: [901, 100, 100],
    pcb3: [905, 101, 100],
    pcb4: [904, 101, 100],
    pipe_fryum: [450, 50, 100],
  }),
};

/** The official split of the one-class protocol; the other splits have defects in training. */
const SPLIT_FILE = ['split_csv', '1cls.csv'];

const LAYOUT = `
  <root>/split_csv/1cls.csv, <root>/<class>/Data/Images/{Normal,Anomaly}/*.JPG and Data/Masks/Anomaly/*.png     as downloaded
  <root>/1cls/<class>/{train/good,test/good,test/bad,ground_truth/bad}     reorganised by the authors' script`;

/**
 * Reads VisA: as downloaded, split by `split_csv/1cls.csv`, or as reorganised by the authors' script, in `root` or
 * `root/1cls`. Each row of the split file is used once, because copies with repeated rows are in circulation.
 *
 * @throws MintError `NOT_FOUND` when `root` is not a folder, `EMPTY_DATASET` when it has neither layout, `CORRUPT_FILE` for a
 * damaged split file, `INVALID_ARGUMENT` for an unknown class or a row that leads out of `root`.
 *
 * @example
 * ```ts no-run
 * import { loadVisa } from '@mint/data';
 *
 * const { classes, samples, warnings } = await loadVisa('VisA_20220922');
 * console.log(classes.length, samples.length, warnings);
 * ```
 */
export async function loadVisa(root: string, options: LoadOptions = {}): Promise<Dataset> {
  const reader = await openFolder(root);
  const { files } = await reader.list('split_csv');
  const { folders } = await reader.list();
  const dataset = files.includes('1cls.csv')
    ? await readSplitFile(reader, options)
    : folders.includes('1cls')
      ? (await readTree(await openFolder(join(root, '1cls')), MVTEC_LAYOUT, LAYOUT, options)).dataset
      : (await readTree(reader, MVTEC_LAYOUT, LAYOUT, options)).dataset;
  return asOfficial(dataset, VISA, options.classes === undefined);
}

async function readSplitFile(reader: FolderReader, options: LoadOptions): Promise<Dataset> {
  const path = join(reader.root, ...SPLIT_FILE);
  const text = new TextDecoder().decode(await readFileOf('split of VisA', path));
  const [header = [], ...rows] = parseCsv(text, path);
  if (header.join() !== 'object,split,label,image,mask') {
    const message = `${path}: expected the columns object,split,label,image,mask, found ${header.join()}.`;
    throw new MintError('CORRUPT_FILE', message);
  }
  const known = [...new Set(rows.map(([object = '']) => object))].sort(byCodeUnit);
  const isWanted = classFilter(reader.root, known, options);
  const samples = new Map<string, ClassSample>();
  const missing: string[] = [];
  const locate = async (file: string) => {
    const found = file === '' ? undefined : await reader.locate(file);
    if (file !== '' && found === undefined) missing.push(file);
    return found;
  };
  for (const [i, [className = '', split = '', label = '', image = '', mask = '']] of rows.entries()) {
    if (!isWanted(className)) continue;
    if ((split !== 'train' && split !== 'test') || (label !== 'normal' && label !== 'anomaly')) {
      const message = `${path}, line ${i + 2}: expected train or test, normal or anomaly; found ${split}, ${label}.`;
      throw new MintError('CORRUPT_FILE', message);
    }
    const imagePath = await locate(image);
    const maskPath = await locate(mask);
    if (imagePath === undefined) continue;
    samples.set(imagePath, {
      id: image.slice(0, image.length - extname(image).length),
      className,
      split,
      imagePath,
      ...(label === 'normal' ? { label } : { label: 'anomalous', defect: 'bad' }),
      maskPath,
    });
  }
  if (samples.size === 0)
    throw new MintError('EMPTY_DATASET', `${path}: no image of the split file is there. Expected:${LAYOUT}`);
  const sorted = [...samples.values()].sort((a, b) => byCodeUnit(a.id, b.id));
  const warning = `${missing.length} files of the split file are not there: ${few(missing)}.`;
  return { ...indexed(sorted), name: reader.name, warnings: missing.length === 0 ? [] : [warning] };
}

function parseCsv(text: string, path: string): string[][] {
  try {
    return parse(text, { skip_empty_lines: true, trim: true });
  } catch (error) {
    throw new MintError('CORRUPT_FILE', `${path}: not valid CSV.`, { cause: error });
  }
}
