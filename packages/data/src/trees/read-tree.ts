import { type Annotations, annotationsOf } from '../annotations/annotations.js';
import { unreadAnnotations } from '../annotations/unread.js';
import { type ClassSample, UNNAMED_DEFECT, type UndecidedSample } from '../class-samples.js';
import { byCodeUnit, isImage, isOtherImage, stemOf } from '../names.js';
import { leftOut, problems } from '../problems.js';
import type { FolderReading, LeftOut, Problem } from '../types.js';
import { nameReader, type WordOptions } from '../words/name-reader.js';
import { type Described, describer, stem, type Tree, treeOf } from './describe.js';
import { folderReadings } from './folder-readings.js';
import { markedByMasks } from './marked-by-masks.js';
import { imageStem } from './mask-names.js';
import { type Paired, type Placed, pairMasks } from './masks.js';
import { bySplitAndPath, isMvtecTree } from './mvtec-order.js';
import { classNamer, type Place, placer } from './places.js';
import {
  annotatedGood,
  classWarnings,
  contradictions,
  guesses,
  labelLikeClasses,
  sameNames,
  unusedTrainingDefects,
} from './suspicions.js';

/** A sample of a tree; its paths lie below the root. */
type TreeSample = UndecidedSample & { readonly imagePath: string };

/** What a tree holds. */
export interface TreeReading {
  readonly samples: readonly TreeSample[];
  readonly goodMasks: readonly { readonly id: string; readonly maskPath: string }[];
  readonly leftOut: readonly LeftOut[];
  readonly problems: readonly Problem[];
  readonly folders: readonly FolderReading[];
  readonly warnings: readonly string[];
  /** Whether several classes count as good because nothing says otherwise. */
  readonly guessedGood: boolean;
  /** How the folders were understood, as the start of a sentence. */
  readonly summary: string;
  readonly isMvtec: boolean;
}

const UNCLEAR =
  'Nothing says whether these images are good, so they are left out. Put good images in a folder called good and others in folders named ' +
  'after their defects, or use a list.';
const DOUBTFUL =
  'These folders lie in a class without a folder of good images and their names are not known, so their images were read as good. Put good ' +
  'images in a folder called good.';

const LOSSY = 'Masks must be PNG, TIFF or BMP: the zeros of other formats are not exact.';

/**
 * Reads a tree: for each image its class, split, label, kind of defect and masks.
 *
 * @param files - Paths of all files below the root.
 * @param rootName - The class of images that lie in no class folder.
 * @param read - Reads a file of annotations.
 */
export async function readTree(
  files: readonly string[],
  rootName: string,
  read: (path: string) => Promise<Uint8Array>,
  words: WordOptions,
): Promise<TreeReading> {
  const tree = treeOf(files.filter(isImage), nameReader(words));
  const { images, masks } = imagesAndMasks(tree, files);
  const annotations = await annotationsOf(files, images, read, tree.read);
  const marked = await markedByMasks(
    images.filter(({ path }) => !annotations.anomalous.has(path)),
    masks,
    read,
  );
  const labelled = images.map((file) =>
    withAnnotatedLabel(file, annotations.anomalous.get(file.path) ?? marked.get(file.path)),
  );
  const placeOf = placer(labelled, tree.read);
  const placed: Placed[] = [];
  const unclear: string[] = [];
  const doubtful: string[] = [];
  const ids = uniqueIds(images);
  const places = labelled.map(placeOf);
  const classNameOf = classNamer(places, rootName);
  for (const [i, file] of labelled.entries()) {
    const place = places[i];
    if (place === undefined) unclear.push(file.path);
    else placed.push(sampleOf(file, place, ids(file), classNameOf(place)));
    if (place?.doubtful === true) doubtful.push(file.path);
  }
  const classOfMask = (mask: Described) =>
    classNameOf(placeOf({ ...mask, label: 'anomalous' }) ?? { classParts: [] });
  const paired = pairMasks(placed, masks, classOfMask);
  const isMvtec = isMvtecTree(placed);
  const samples = sorted(paired.samples, isMvtec, rootName, annotations.shapes);
  const unread = await unreadAnnotations(
    files.filter((file) => isUnknownFile(file, annotations.used)),
    images.map(({ path }) => path),
    placed.flatMap(({ file, label }) => (label === 'normal' && file.label === undefined ? [file.path] : [])),
    read,
  );
  const found = { files, tree, placed, unclear, doubtful, annotations, unread, ...paired };
  const guessed = guesses(placed);
  return {
    samples,
    guessedGood: guessed.length > 0,
    goodMasks: paired.goodMasks,
    isMvtec,
    summary: summaryOf(samples, labelled),
    folders: folderReadings(tree, placed, masks),
    warnings: [...(isMvtec ? classWarnings(samples) : []), ...unusedTrainingDefects(placed), ...guessed],
    leftOut: leftOutOf(found),
    problems: problemsOf(found),
  };
}

interface Found extends Pick<Paired, 'orphans' | 'lossy'> {
  readonly files: readonly string[];
  readonly tree: Tree;
  readonly placed: readonly Placed[];
  readonly unclear: readonly string[];
  readonly doubtful: readonly string[];
  readonly annotations: Annotations;
  readonly unread: readonly Problem[];
}

function leftOutOf({ files, unclear, orphans, lossy, annotations }: Found): LeftOut[] {
  return [
    ...leftOut(
      'files that are not images',
      files.filter((file) => isUnknownFile(file, annotations.used)),
    ),
    ...leftOut('images in a format that is not read', files.filter(isOtherImage)),
    ...leftOut('images whose label is not clear', unclear),
    ...leftOut('masks without an image', orphans),
    ...leftOut('masks in a format that is not exact', lossy),
  ];
}

function problemsOf({
  files,
  tree,
  placed,
  unclear,
  doubtful,
  orphans,
  lossy,
  annotations,
  unread,
}: Found): Problem[] {
  const lost = { lost: true };
  const others = files.filter(isOtherImage);
  return [
    ...problems('unclear-label', unclear, UNCLEAR, lost),
    ...problems('unclear-folder', foldersAmong(doubtful), DOUBTFUL),
    ...problems('unread-format', others, 'Images of these formats are not read. Convert them to PNG.', lost),
    ...problems('orphan-mask', orphans, 'These masks belong to no image, or it is not clear to which.', lost),
    ...problems('lossy-mask', lossy, LOSSY, lost),
    ...annotations.problems,
    ...unread,
    ...annotatedGood(placed, annotations.shapes),
    ...labelLikeClasses(tree, placed),
    ...sameNames(placed),
    ...contradictions(tree),
  ];
}

/** A mask lies in a folder of masks, or beside its image under the image's name and an ending such as `_mask`. */
function imagesAndMasks(tree: Tree, files: readonly string[]): { images: Described[]; masks: Described[] } {
  const describe = describer(tree);
  const all = files.filter(isImage).map(describe);
  const stems = new Set(all.map(({ path }) => stemOf(path).toLowerCase()));
  const isMaskFile = (file: Described) => {
    if (file.mask) return true;
    const own = stem(file);
    const image = imageStem(own);
    return (
      image !== undefined &&
      stems.has(stemOf(file.path).slice(0, -own.length).toLowerCase() + image.toLowerCase())
    );
  };
  return { images: all.filter((file) => !isMaskFile(file)), masks: all.filter(isMaskFile) };
}

/** Where no folder says it, an image with an annotated defect is anomalous, and one that is listed without any is good. */
function withAnnotatedLabel(file: Described, anomalous: boolean | undefined): Described {
  if (anomalous === undefined || file.label !== undefined) return file;
  return { ...file, label: anomalous ? 'anomalous' : 'normal', before: file.parts.length };
}

/** The path without its ending; in folders where two images differ in their ending alone, the whole path. */
function uniqueIds(images: readonly Described[]): (file: Described) => string {
  const seen = new Set<string>();
  const ambiguous = new Set<string>();
  for (const { path } of images) {
    const id = stemOf(path);
    if (seen.has(id)) ambiguous.add(folderOf(path));
    seen.add(id);
  }
  return ({ path }) => (ambiguous.has(folderOf(path)) ? path : stemOf(path));
}

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
const foldersAmong = (paths: readonly string[]): string[] => [...new Set(paths.map(folderOf))];

function sampleOf(file: Described, { label, defect }: Place, id: string, className: string): Placed {
  return {
    id,
    className,
    label,
    defect,
    split: file.split,
    imagePath: file.path,
    file,
  };
}

function sorted(
  paired: readonly Placed[],
  isMvtec: boolean,
  rootName: string,
  shapes: ReadonlyMap<string, ClassSample['shapes']>,
): TreeSample[] {
  const samples = paired.map(({ file, ...sample }): TreeSample => {
    const drawn =
      sample.label === 'anomalous' && sample.maskPath === undefined ? shapes.get(file.path) : undefined;
    const named = { ...sample, ...(drawn === undefined ? {} : { shapes: drawn }) };
    if (!isMvtec) return named;
    const [kind = UNNAMED_DEFECT] = file.path.split('/').slice(-2);
    const id = file.parts.length === 0 ? `${rootName}/${sample.id}` : sample.id;
    return { ...named, id, defect: sample.label === 'anomalous' ? kind : undefined };
  });
  const order = isMvtec ? bySplitAndPath : (a: TreeSample, b: TreeSample) => byCodeUnit(a.id, b.id);
  return samples.sort((a, b) => byCodeUnit(a.className, b.className) || order(a, b));
}

const isUnknownFile = (file: string, used: ReadonlySet<string>): boolean =>
  !isImage(file) &&
  !isOtherImage(file) &&
  !used.has(file) &&
  !/(^|\/)(licen[sc]e|readme|metadata)[^/]*$/i.test(file);

function summaryOf(samples: readonly TreeSample[], files: readonly Described[]): string {
  const names = new Set(samples.map(({ className }) => className));
  const count = names.size === 1 ? 'one class' : `${names.size} class folders`;
  const labelled = files.some(({ label }) => label === 'normal');
  return `${count}, ${labelled ? 'good and anomalous by folder' : 'no folder is called good, so all images are good unless their folder says anomalous'}`;
}
