export {
  autoTiles,
  createTileMerger,
  cutTile,
  cutTileMask,
  describePreprocessing,
  type Mask,
  mergeTiles,
  type PreparedImage,
  type Preprocessing,
  planTiles,
  prepareImage,
  preprocessImage,
  preprocessMask,
  type RenderedSample,
  type ResizeFilter,
  type RgbImage,
  resizeImage,
  resizeMask,
  type Size,
  type Tile,
  type TileGrid,
  type TileMerger,
  type TileOptions,
  type TilePlan,
  tileGrid,
  tileInput,
  tileWeights,
} from '@mint/image';
export { type AugmentOptions, assertAugmentable, augment } from './augment.js';
export { type BatchOptions, batches, type ImageBatch } from './batches.js';
export {
  type CheckOptions,
  type ClassReport,
  checkDataset,
  type DatasetReport,
  type Finding,
} from './check.js';
export { BTAD, loadBtad } from './datasets/btad.js';
export { CIFAR10, CIFAR10_SPLITS, loadCifar10 } from './datasets/cifar10.js';
export { DAGM, loadDagm } from './datasets/dagm.js';
export { KOLEKTOR_SDD2, loadKsdd2 } from './datasets/ksdd2.js';
export { type LocoRegion, loadLoco, loadLocoRegions, MVTEC_LOCO } from './datasets/loco.js';
export { loadMvtec, MPDD, MVTEC_AD } from './datasets/mvtec.js';
export { loadMvtec2, MVTEC_AD_2 } from './datasets/mvtec2.js';
export { loadMvtec3d, MVTEC_3D } from './datasets/mvtec3d.js';
export { loadRealIad, REAL_IAD, type RealIadOptions } from './datasets/realiad.js';
export type { LoadOptions } from './datasets/tree.js';
export { loadVisa, VISA } from './datasets/visa.js';
export { decodeImage, decodeMask, IMAGE_EXTENSIONS } from './decode.js';
export { fromFolder, fromSource } from './from-folder.js';
export { type HttpSourceOptions, httpSource } from './http-source.js';
export { folderSource, type ImageSource } from './image-source.js';
export { type ListOptions, loadList } from './lists.js';
export { loadDataset } from './load-dataset.js';
export { type LoadedSample, loadSample, readSample } from './load-sample.js';
export { shuffledOrder, splitHoldout } from './order.js';
export { type ProceduralOptions, proceduralDataset } from './procedural/dataset.js';
export { type S3ClientLike, type S3SourceOptions, s3Source } from './s3-source.js';
export {
  SYNTHETIC_KINDS,
  type SyntheticAnomaly,
  type SyntheticKind,
  syntheticAnomaly,
} from './synthetic-anomaly.js';
export type {
  ClassCounts,
  Dataset,
  DatasetInfo,
  Sample,
} from './types.js';
export type { SplitOptions } from './undecided-split.js';
export { loadMvtecVisaBtad, unionDatasets } from './union.js';
export { writeMvtec } from './write-mvtec.js';
