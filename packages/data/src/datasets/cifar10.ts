import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RenderedSample } from '@mint/image';
import { assertInt, MintError } from '@mint/internal';
import { readFileOf } from '@mint/internal/node';
import { type FolderReader, openFolder } from '../sources/folder-reader.js';
import type { Dataset, DatasetInfo, Sample } from '../types.js';

const OBJECTS = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ');

/** UniAD's four many-versus-many splits: the normal classes of each. */
export const CIFAR10_SPLITS = [
  [0, 1, 2, 3, 4],
  [5, 6, 7, 8, 9],
  [0, 2, 4, 6, 8],
  [1, 3, 5, 7, 9],
] as const;

/** What is known about CIFAR-10 in UniAD's protocol, one split. */
export const CIFAR10: DatasetInfo = {
  name: 'CIFAR-10',
  licence: 'none stated',
  citation: 'Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", technical report, 2009',
  source: 'https://www.cs.toronto.edu/~kriz/cifar.html',
  counts: { cifar: { train: 25_000, testNormal: 5000, testAnomalous: 5000 } },
};

const SIDE = 32;
const PLANE = SIDE * SIDE;
const RECORD = 1 + 3 * PLANE;

/** One image as stored: the object it shows, and where its pixels are. */
type Stored = { readonly object: number } & Pick<Sample, 'imagePath' | 'byteRange' | 'render'>;

/**
 * Reads CIFAR-10 in UniAD's protocol: the training images of five objects are the normal images, and of all test images those of
 * the other five objects are anomalous. There is one class, `cifar`, because one AUROC is reported per split; `defect` of an
 * anomalous image is its object. Resize to 224 with `lanczos`, as UniAD does.
 *
 * Accepts the official binary batches (`data_batch_1.bin` … `test_batch.bin`, held in memory: 184 MB), or a pack of concatenated
 * image files (`train.jpgs`, `train.offsets.u32`, `train.labels.u8`, the same for `test`, and `index.json`), which is read image
 * by image.
 *
 * @param options - `split`: index into {@link CIFAR10_SPLITS}, 0 to 3, default 0. `objects`: each normal object is a class, for
 * methods that learn from class labels; an anomalous image belongs to none of the classes and has the class index −1. Only the
 * pooled metrics are then meaningful, and they have the same values. Default: false.
 * @throws MintError `NOT_FOUND` when `root` or a file is missing, `CORRUPT_FILE` for a file of another size, an offset or a
 * label out of range, `INVALID_ARGUMENT` for another split.
 *
 * @example
 * ```ts no-run
 * import { CIFAR10_SPLITS, loadCifar10 } from '@mint/data';
 *
 * for (const split of CIFAR10_SPLITS.keys()) {
 *   const { name, samples } = await loadCifar10('cifar-10-batches-bin', { split });
 *   console.log(name, samples.length); // CIFAR-10 {0,1,2,3,4} 35000, …
 * }
 * ```
 */
export async function loadCifar10(
  root: string,
  {
    split = 0,
    objects = false,
  }: { readonly split?: number | undefined; readonly objects?: boolean | undefined } = {},
): Promise<Dataset> {
  assertInt('loadCifar10', 'split', split, 0, CIFAR10_SPLITS.length - 1);
  const reader = await openFolder(root);
  const { files } = await reader.list();
  const packed = files.includes('train.jpgs');
  const read = packed ? readPack : readBatches;
  const train = await read(reader, 'train');
  const test = await read(reader, 'test');
  const normals: readonly number[] = CIFAR10_SPLITS[split] ?? [];
  const isNormal = ({ object }: Stored) => normals.includes(object);
  const one = [
    ...train.flatMap((stored, i) => (isNormal(stored) ? [asSample(stored, i, 'train', true)] : [])),
    ...test.map((stored, i) => asSample(stored, i, 'test', isNormal(stored))),
  ];
  const samples = one.map(
    ({ object, ...sample }): Sample =>
      objects ? { ...sample, className: OBJECTS[object] ?? '', classIndex: normals.indexOf(object) } : sample,
  );
  const warnings = packed
    ? ['the images are JPEG files, not the original pixels; say so wherever you report a number.']
    : [];
  for (const [name, list, expected] of [
    ['train', train, 50_000],
    ['test', test, 10_000],
  ] as const)
    if (list.length !== expected)
      warnings.push(`${list.length} ${name} images instead of ${expected} in the official data set.`);
  const { name, licence, citation, source, counts } = CIFAR10;
  return {
    name: `${packed ? 'JPEG-recompressed ' : ''}${name} {${normals.join(',')}}`,
    classes: objects ? normals.map((object) => OBJECTS[object] ?? '') : ['cifar'],
    samples,
    licence,
    citation,
    source,
    official: objects ? undefined : counts,
    warnings,
  };
}

function asSample(
  { object, ...stored }: Stored,
  i: number,
  split: 'train' | 'test',
  normal: boolean,
): Sample & Pick<Stored, 'object'> {
  const name = OBJECTS[object] ?? '';
  return {
    object,
    id: `cifar/${split}/${name}/${String(i).padStart(5, '0')}`,
    className: 'cifar',
    classIndex: 0,
    split,
    ...(normal ? { label: 'normal' } : { label: 'anomalous', defect: name }),
    ...stored,
  };
}

async function readBatches(reader: FolderReader, split: 'train' | 'test'): Promise<Stored[]> {
  const names = split === 'test' ? ['test_batch.bin'] : [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`);
  const parts: Stored[][] = [];
  for (const name of names) {
    const path = join(reader.root, name);
    const { size } = await sizeOf(path);
    if (size === 0 || size % RECORD !== 0 || size > 10_000 * RECORD) {
      throw new MintError(
        'CORRUPT_FILE',
        `${path}: expected at most 10000 records of ${RECORD} bytes each, the file has ${size} bytes.`,
      );
    }
    const bytes = await readFileOf('CIFAR-10 batch', path);
    parts.push(
      Array.from({ length: size / RECORD }, (_, i) => {
        const record = bytes.subarray(i * RECORD, (i + 1) * RECORD);
        return { object: objectOf(record[0], path), render: () => interleave(record.subarray(1)) };
      }),
    );
  }
  return parts.flat();
}

/** Three planes of 32x32 to pixels. */
function interleave(planes: Uint8Array): RenderedSample {
  const data = new Uint8Array(3 * PLANE);
  for (let i = 0; i < PLANE; i++)
    for (let c = 0; c < 3; c++) data[3 * i + c] = planes[c * PLANE + i] as number;
  return { image: { width: SIDE, height: SIDE, data } };
}

async function readPack(reader: FolderReader, split: 'train' | 'test'): Promise<Stored[]> {
  const at = (ending: string) => join(reader.root, `${split}.${ending}`);
  const labels = await readFileOf('CIFAR-10 labels', at('labels.u8'));
  const raw = await readFileOf('CIFAR-10 offsets', at('offsets.u32'));
  const { size } = await sizeOf(at('jpgs'));
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  if (raw.length !== 4 * (labels.length + 1)) {
    throw new MintError(
      'CORRUPT_FILE',
      `${at('offsets.u32')}: expected ${labels.length + 1} offsets of 4 bytes for ${labels.length} labels, the file has ${raw.length} bytes.`,
    );
  }
  return Array.from(labels, (label, i) => {
    const [start, end] = [view.getUint32(4 * i, true), view.getUint32(4 * i + 4, true)];
    if (start >= end || end > size) {
      throw new MintError(
        'CORRUPT_FILE',
        `${at('offsets.u32')}: image ${i} lies at ${start} to ${end}; ${at('jpgs')} has ${size} bytes.`,
      );
    }
    return { object: objectOf(label, at('labels.u8')), imagePath: at('jpgs'), byteRange: [start, end] };
  });
}

function objectOf(label: number | undefined, path: string): number {
  if (label !== undefined && label < OBJECTS.length) return label;
  throw new MintError('CORRUPT_FILE', `${path}: expected labels from 0 to 9, found ${label}.`);
}

async function sizeOf(path: string) {
  return stat(path).catch((error: unknown) => {
    throw new MintError('NOT_FOUND', `${path}: this file of CIFAR-10 is missing.`, { cause: error });
  });
}
