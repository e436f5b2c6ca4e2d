import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import type { LoadOptions } from '../class-samples.js';
import { type ListOptions, loadList } from '../lists/load-list.js';
import { loadMetadata } from '../lists/metadata.js';
import { type FolderReader, openFolder } from '../sources/folder-reader.js';
import { fromFolder } from '../trees/from-folder.js';
import type { Dataset } from '../types.js';
import { loadBtad } from './btad.js';
import { loadCifar10 } from './cifar10.js';
import { loadDagm } from './dagm.js';
import { loadKsdd2 } from './ksdd2.js';
import { loadLoco } from './loco.js';
import { loadMvtec, publishedAs } from './mvtec.js';
import { loadMvtec2 } from './mvtec2.js';
import { loadMvtec3d } from './mvtec3d.js';
import { loadRealIad } from './realiad.js';
import { loadVisa } from './visa.js';

const LISTS = ['.csv', '.tsv', '.txt', '.jsonl', '.ndjson', '.json'];

/** Questions that can be asked about a folder. */
interface Look {
  /** Names of the folders directly below the root. */
  readonly classes: () => Promise<readonly string[]>;
  /** File names in a folder below the root. */
  readonly files: (folder: string) => Promise<readonly string[]>;
  readonly has: (...parts: string[]) => Promise<boolean>;
  /** Whether a class folder, or the root itself, holds this path. */
  readonly classHas: (...parts: string[]) => Promise<boolean>;
}

interface Layout {
  readonly name: string;
  readonly matches: (look: Look) => Promise<boolean>;
  readonly load: (root: string, options: LoadOptions) => Promise<Dataset>;
}

const all = async (...checks: Promise<boolean>[]) => (await Promise.all(checks)).every(Boolean);

/** In this order: layouts with a file or folder of their own first, the most general layout last. */
const LAYOUTS: readonly Layout[] = [
  { name: 'CIFAR-10', matches: ({ has }) => has('data_batch_1.bin'), load: loadCifar },
  { name: 'CIFAR-10 pack', matches: ({ has }) => all(has('train.jpgs'), has('index.json')), load: loadCifar },
  { name: 'VisA', matches: async ({ has }) => (await has('split_csv')) || has('1cls'), load: loadVisa },
  { name: 'Real-IAD', matches: ({ has }) => has('realiad_jsons'), load: loadRealIad },
  { name: 'DAGM 2007', matches: ({ has }) => has('Class1', 'Train'), load: loadDagm },
  {
    name: 'BTAD',
    matches: ({ has }) => all(has('01', 'train', 'ok'), has('02', 'train', 'ok'), has('03', 'train', 'ok')),
    load: loadBtad,
  },
  {
    name: 'KolektorSDD2',
    matches: async ({ files }) => (await files('train')).some((file) => /^\d+_GT\.png$/.test(file)),
    load: (root) => loadKsdd2(root),
  },
  { name: 'MVTec AD 2', matches: ({ classHas }) => classHas('test_public'), load: loadMvtec2 },
  { name: 'MVTec 3D-AD', matches: ({ classHas }) => classHas('train', 'good', 'rgb'), load: loadMvtec3d },
  { name: 'MVTec LOCO AD', matches: ({ classHas }) => classHas('defects_config.json'), load: loadLoco },
  { name: 'MVTec AD layout', matches: isPublishedMvtec, load: loadMvtec },
];

/** MVTec AD or MPDD as published; a tree of your own in that layout is read like any other. */
async function isPublishedMvtec({ classes, has }: Look): Promise<boolean> {
  const names = await classes();
  return (
    publishedAs(names) !== undefined &&
    (await Promise.all(names.map((name) => has(name, 'train', 'good')))).every(Boolean)
  );
}

function loadCifar(root: string): Promise<Dataset> {
  return loadCifar10(root);
}

/**
 * Loads the data set at a path: a list (`.csv`, `.tsv`, `.jsonl`, `.ndjson`, `.json`, see {@link loadList}), a published data set as
 * downloaded, a folder with lists called `metadata` (Hugging Face's ImageFolder), or a folder of your own images (see
 * {@link fromFolder}). `layout` reports which of them it is.
 *
 * @throws MintError `NOT_FOUND` when nothing is there; otherwise as the loader that was chosen.
 *
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { loadDataset, proceduralDataset, writeMvtec } from '@mint/data';
 *
 * const folder = await mkdtemp(join(tmpdir(), 'mint-'));
 * await writeMvtec(proceduralDataset({ trainPerClass: 2, testGoodPerClass: 1, defectsPerClass: 1, size: 32 }), folder);
 * const { layout, classes } = await loadDataset(folder);
 * console.log(layout, classes); // MVTec AD layout [ 'capsule', 'gear', 'leather', 'weave' ]
 * ```
 */
export async function loadDataset(path: string, options: ListOptions = {}): Promise<Dataset> {
  if (LISTS.includes(extname(path).toLowerCase()) && (await isFile(path))) return loadList(path, options);
  const reader = await openFolder(path);
  const look = lookAt(reader);
  for (const { name, matches, load } of LAYOUTS) {
    if (await matches(look)) return { layout: name, ...(await load(path, options)) };
  }
  return (await loadMetadata(path, options)) ?? fromFolder(path, options);
}

function lookAt(reader: FolderReader): Look {
  const has = async (...parts: string[]) => {
    const name = parts.at(-1) ?? '';
    const { folders, files } = await reader.list(...parts.slice(0, -1));
    return folders.includes(name) || files.includes(name);
  };
  return {
    has,
    classes: async () => (await reader.list()).folders,
    files: async (folder) => (await reader.list(folder)).files,
    async classHas(...parts) {
      if (await has(...parts)) return true;
      for (const folder of (await reader.list()).folders) if (await has(folder, ...parts)) return true;
      return false;
    },
  };
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isFile(),
    () => true,
  );
}
