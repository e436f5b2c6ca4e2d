import { basename, join } from 'node:path';
import { MintError } from '@mint/internal';
import { readFileOf } from '@mint/internal/node';
import { classFilter, indexed, type LoadOptions } from '../class-samples.js';
import { byCodeUnit, isLitter } from '../names.js';
import { sentencesOf } from '../problems.js';
import { openFolder } from '../sources/folder-reader.js';
import { decideSplits, type SplitOptions } from '../splits/undecided.js';
import type { Dataset, ImageSource } from '../types.js';
import type { WordOptions } from '../words/name-reader.js';
import { readTree, type TreeReading } from './read-tree.js';

/** Options of {@link fromFolder}. */
export interface FolderOptions extends LoadOptions, SplitOptions, WordOptions {}

/**
 * Reads a folder of images whose sub-folders say what they are, in any of these shapes and their mixtures:
 *
 * ```text
 * parts/bolt/good/1.png   parts/bolt/scratch/2.png        one folder per class
 * parts/good/1.png        parts/bad/2.png                 one class
 * parts/train/ok/1.png    parts/test/ng/2.png             one class, split
 * parts/train/bolt/1.png  parts/test/bolt/{good,dent}/…   split, class, kind
 * parts/bolt/1.png        parts/nut/2.png                 good images only
 * parts/1.png                                             one class, good only
 * ```
 *
 * The innermost folder whose name says good or anomalous decides; the words are found inside names (`ok_front`, `NG parts`, `良品`),
 * and a folder called like such a word with good or training images below it is a class. Any other name is a class, or a kind of
 * defect inside a class. Masks lie in a folder of masks at the place of their image, or beside it as `<stem>_mask.png`; several masks of
 * an image are joined. `layout` reports how the folder was understood, `folders` what each folder was read as, `leftOut` and `problems`
 * what did not fit.
 *
 * @throws MintError `NOT_FOUND` when `root` is not a folder, `EMPTY_DATASET` without an image, `INVALID_ARGUMENT` for an
 * unknown class, `testFraction` out of range, or a symbolic link that leads out of `root`.
 *
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { fromFolder, proceduralDataset, writeMvtec } from '@mint/data';
 *
 * const folder = await mkdtemp(join(tmpdir(), 'mint-'));
 * await writeMvtec(proceduralDataset({ trainPerClass: 2, testGoodPerClass: 1, defectsPerClass: 1, size: 32 }), folder);
 * const { classes, samples, layout } = await fromFolder(folder);
 * console.log(classes, samples.length, layout);
 * ```
 */
export async function fromFolder(root: string, options: FolderOptions = {}): Promise<Dataset> {
  const reader = await openFolder(root);
  const absolute = (path: string) => join(reader.root, ...path.split('/'));
  const read = async (path: string) => readFileOf('annotations', absolute(path));
  const { samples, goodMasks, ...dataset } = await arrange(await reader.walk(), reader, read, options);
  return {
    ...dataset,
    samples: samples.map((sample) => ({
      ...sample,
      imagePath: absolute(sample.imagePath),
      maskPath:
        typeof sample.maskPath === 'string' ? absolute(sample.maskPath) : sample.maskPath?.map(absolute),
    })),
    goodMasks: goodMasks.map(({ id, maskPath }) => ({ id, maskPath: absolute(maskPath) })),
  };
}

/**
 * {@link fromFolder} for a store elsewhere. Lists it and reads no image. `imagePath` and `maskPath` are paths in the store.
 *
 * @throws MintError as `fromFolder`, and those of the source's `list`.
 *
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { folderSource, fromSource, proceduralDataset, writeMvtec } from '@mint/data';
 *
 * const folder = await mkdtemp(join(tmpdir(), 'mint-'));
 * await writeMvtec(proceduralDataset({ trainPerClass: 2, testGoodPerClass: 1, defectsPerClass: 1, size: 32 }), folder);
 * const { samples } = await fromSource(await folderSource(folder)); // or httpSource, s3Source
 * console.log(samples.length, samples[0]?.imagePath); // 28 capsule/train/good/000.png
 * ```
 */
export async function fromSource(source: ImageSource, options: FolderOptions = {}): Promise<Dataset> {
  const files: string[] = [];
  for await (const path of source.list()) files.push(path);
  const name = basename(source.name) || source.name;
  const data = files.filter((path) => !path.split('/').some(isLitter)).sort(byCodeUnit);
  const dataset = await arrange(data, { root: source.name, name }, source.read, options);
  return { ...dataset, samples: dataset.samples.map((sample) => ({ ...sample, source })) };
}

/** The data set that paths below a root mean. */
async function arrange(
  files: readonly string[],
  where: { readonly root: string; readonly name: string },
  read: (path: string) => Promise<Uint8Array>,
  options: FolderOptions,
) {
  const tree = await readTree(files, where.name, read, options);
  if (tree.samples.length === 0) throw emptyTree(where.root, files.length, tree);
  const known = [...new Set(tree.samples.map(({ className }) => className))];
  const isWanted = classFilter(where.root, known, options);
  const decided = decideSplits(
    tree.samples.filter(({ className }) => isWanted(className)),
    options,
  );
  const ids = new Set(decided.samples.map(({ id }) => id));
  return {
    ...indexed(decided.samples),
    name: where.name,
    layout: tree.isMvtec ? 'MVTec AD layout' : `${tree.summary}; ${decided.summary}`,
    goodMasks: tree.goodMasks.filter(({ id }) => ids.has(id)),
    leftOut: tree.leftOut,
    problems: tree.problems,
    folders: tree.folders,
    guessedGood: tree.guessedGood || undefined,
    warnings: [...tree.warnings, ...sentencesOf(tree)],
  };
}

function emptyTree(root: string, count: number, { problems, leftOut }: TreeReading): MintError {
  const reasons = [
    ...problems.map(
      ({ message, count: number, examples }) => `${message} (${number}: ${examples.join(', ')})`,
    ),
    ...leftOut.map(({ what, count: number, examples }) => `${number} ${what}: ${examples.join(', ')}.`),
  ];
  const message =
    `${root}: none of its ${count} files is an image whose place is clear. Expected for instance ` +
    `<class>/train/good/*.png, or <class>/good/*.png and <class>/<defect>/*.png. ${reasons.join(' ')}`;
  return new MintError('EMPTY_DATASET', message.trim());
}
