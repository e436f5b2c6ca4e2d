import { basename, dirname } from 'node:path';
import { MintError } from '@mint/internal';
import { classFilter, indexed, type LoadOptions } from '../class-samples.js';
import { byCodeUnit, stemOf } from '../names.js';
import { openFolder } from '../sources/folder-reader.js';
import { decideSplits, type SplitOptions } from '../splits/undecided.js';
import type { Dataset } from '../types.js';
import { type Row, readRows } from './rows.js';
import { rowsToSamples } from './samples.js';

/** Options of {@link loadList}. */
export interface ListOptions extends LoadOptions, SplitOptions {
  /** Folder that the paths are relative to and may not leave. Default: the folder of the list. */
  readonly root?: string | undefined;
}

/**
 * Reads a data set from a list with one image per row: CSV with a header (RFC 4180), or JSON Lines with one object per line. The
 * file name ending decides: `.csv`, or `.jsonl` and `.ndjson`.
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
 * named after the list. `split`: train, validation or test; if no row has one, images are split by `testFraction`. Paths are
 * relative to the list's folder and may not leave it, neither by `..` nor by a symbolic link.
 *
 * Rows whose image is missing are left out, and missing masks are ignored; `warnings` reports both.
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
  const rows = counted(await readRows(path));
  const reader = await openFolder(options.root ?? dirname(path));
  const name = stemOf(basename(path));
  const { samples, warnings } = await rowsToSamples(reader, rows, name, path);
  const isWanted = classFilter(reader.root, [...new Set(samples.map(({ className }) => className))], options);
  const wanted = samples.filter(({ className }) => isWanted(className));
  if (wanted.length === 0) {
    const message = `${path}: none of the ${rows.count()} rows names an image that is there.`;
    throw new MintError('EMPTY_DATASET', message);
  }
  wanted.sort((a, b) => byCodeUnit(a.className, b.className));
  const decided = decideSplits(wanted, options);
  return {
    ...indexed(decided.samples),
    name,
    layout: `list of ${rows.count()} rows; ${decided.summary}`,
    warnings,
  };
}

/** Rows are made one at a time: of a million, only the samples are kept. */
function counted(rows: Iterable<Row>) {
  let seen = 0;
  return {
    *[Symbol.iterator]() {
      for (const row of rows) {
        seen += 1;
        yield row;
      }
    },
    count: () => seen,
  };
}
