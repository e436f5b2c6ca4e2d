import { basename, dirname } from 'node:path';
import { MintError } from '@mint/internal';
import { classFilter, indexed, type LoadOptions } from '../class-samples.js';
import { byCodeUnit, stemOf } from '../names.js';
import { leftOut, problems, sentencesOf } from '../problems.js';
import { type FolderReader, openFolder } from '../sources/folder-reader.js';
import { decideSplits, type SplitOptions } from '../splits/undecided.js';
import type { Dataset, LeftOut, Problem } from '../types.js';
import { nameReader, type WordOptions } from '../words/name-reader.js';
import { nearestColumn } from './columns.js';
import { readRows } from './rows.js';
import { type List, samplesOf } from './samples.js';

/** Options of {@link loadList}. */
export interface ListOptions extends LoadOptions, SplitOptions, WordOptions {
  /** Folder that the paths are relative to and may not leave. Default: the folder of the list. */
  readonly root?: string | undefined;
}

/**
 * Reads a data set from a list with one image per row: CSV with a header (RFC 4180; separated by commas, semicolons, tabs or bars), JSON
 * Lines with one object per line, or a JSON array of objects, in UTF-8, UTF-16 or Windows-1252. The file name ending decides: `.csv`, `.tsv` and `.txt`, or
 * `.jsonl`, `.ndjson` and `.json`. The lists of UniAD, anomalib and Hugging Face are read.
 *
 * ```text
 * path,class,label,mask,split
 * bolt/000.png,bolt,good,,train
 * bolt/017.png,bolt,scratch,masks/017.png,test
 * nut/good/*.jpg,nut,good,,
 * ```
 *
 * Only `path` is required. A path with `*` or `?` is a pattern for all images that match it (`**` for any depth); `{stem}` in its
 * mask is the image's name without its ending. `label`: good, ok, normal, 0, … or bad, defect, 1, …; any other word is a kind of
 * defect. Without `label`, a row with a mask is anomalous and any other row is good. Without `class`, all images form one class
 * named after the list. `split`: train, validation or test; without that column, folders called train and test in the paths decide,
 * else images are split by `testFraction`. Paths may have `/` or `\\`; of Windows paths with a drive or share, the end that is there below
 * `root` counts. Other paths are relative to the list's folder and may not leave it, neither by `..` nor by a symbolic link.
 *
 * Rows whose image is missing are left out, and missing masks are ignored; `problems` names both.
 *
 * @throws MintError `NOT_FOUND` without the list, `CORRUPT_FILE` when it cannot be read as a list, `EMPTY_DATASET` when none of
 * its images is there, `INVALID_ARGUMENT` naming the line for a path that leads out, an unknown split, or two rows that
 * contradict each other.
 *
 * @example
 * ```ts
 * import { mkdtemp, writeFile } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { loadList, proceduralDataset, writeMvtec } from '@mint/data';
 *
 * const folder = await mkdtemp(join(tmpdir(), 'mint-'));
 * await writeMvtec(proceduralDataset({ trainPerClass: 2, testGoodPerClass: 0, defectsPerClass: 1, size: 32 }), folder);
 * await writeFile(
 *   join(folder, 'gears.csv'),
 *   'path,class,label,mask\n' +
 *     'gear/train/good/*.png,gear,good,\n' +
 *     'gear/test/fibre/*.png,gear,fibre,gear/ground_truth/fibre/{stem}_mask.png\n',
 * );
 * const { samples } = await loadList(join(folder, 'gears.csv'));
 * console.log(samples.map(({ id, split, defect }) => `${id} ${split} ${defect ?? '-'}`));
 * ```
 */
export async function loadList(path: string, options: ListOptions = {}): Promise<Dataset> {
  const list = { ...(await readRows(path)), path, folder: '' };
  const reader = await openFolder(options.root ?? dirname(path));
  // Hugging Face calls every list `metadata`.
  const stem = stemOf(basename(path));
  const name = stem === 'metadata' ? reader.name : stem;
  return datasetOf([list], reader, name, options);
}

/**
 * The data set that lists describe together.
 *
 * @param reader - Of the root that all their images lie below.
 */
export async function datasetOf(
  lists: readonly List[],
  reader: FolderReader,
  name: string,
  options: ListOptions,
): Promise<Dataset> {
  const read = await samplesOf(lists, { reader, className: name, read: nameReader(options) });
  const { samples, rows, problems: missing } = read;
  const isWanted = classFilter(reader.root, [...new Set(samples.map(({ className }) => className))], options);
  const wanted = samples.filter(({ className }) => isWanted(className));
  if (wanted.length === 0) {
    const tried = missing.map(({ message, examples }) => ` ${message} ${examples.slice(0, 3).join('; ')}`);
    const message = `${lists.map(({ path }) => path).join(', ')}: none of the ${rows} rows names an image that is there.${tried.join('')}`;
    throw new MintError('EMPTY_DATASET', message);
  }
  wanted.sort((a, b) => byCodeUnit(a.className, b.className));
  const decided = decideSplits(wanted, options);
  const columns = columnReport(lists);
  const problems = [...missing, ...columns.problems];
  return {
    ...indexed(decided.samples),
    name,
    layout: `${lists.length === 1 ? 'list' : `${lists.length} lists`} of ${rows} rows; ${decided.summary}`,
    leftOut: columns.leftOut,
    problems,
    warnings: [...sentencesOf({ problems }), ...read.warnings],
  };
}

/** One letter in two names is a slip; unlike names are columns of their own. */
const SLIP = 2;

const LABELS = ['label', 'defect', 'mask'] as const;

function columnReport(lists: readonly List[]): { leftOut: LeftOut[]; problems: Problem[] } {
  const unknown = new Set(lists.flatMap((list) => [...list.unknown]));
  const named = [...unknown].map((name) => ({ name, nearest: nearestColumn(name) }));
  const unlabelled = lists.filter(({ known }) => !LABELS.some((column) => known.has(column)));
  const labelLike = new Set(unlabelled.flatMap((list) => list.labelLike()));
  const slips = named.filter(
    ({ name, nearest }) => labelLike.has(name) || (nearest.distance <= SLIP && name.length > SLIP + 1),
  );
  const said = ({ name, nearest }: (typeof named)[number]) =>
    `${name} (nearest known: ${labelLike.has(name) ? 'label' : nearest.name})`;
  return {
    leftOut: leftOut('columns that are not known', named.map(said)),
    problems: problems(
      'unknown-column',
      slips.map(said),
      'These columns are not known and were not read. Rename them.',
    ),
  };
}
