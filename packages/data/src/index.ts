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
export { deriveSeed, Random, type RandomState } from '@mint/internal';
export { type AugmentOptions, assertAugmentable, augment } from './batches/augment.js';
export { type BatchOptions, batches, type ImageBatch } from './batches/batches.js';
export { type LoadedSample, loadSample, readSample } from './batches/load-sample.js';
export { shuffledOrder } from './batches/order.js';
export { type CheckOptions, checkDataset } from './check/check.js';
export type { ClassReport, DatasetReport, LabelCounts, Note } from './check/report.js';
export type { LoadOptions } from './class-samples.js';
export { BTAD, loadBtad } from './datasets/btad.js';
export { CIFAR10, CIFAR10_SPLITS, loadCifar10 } from './datasets/cifar10.js';
export { DAGM, loadDagm } from './datasets/dagm.js';
export { type GoodImagesOptions, goodImages } from './datasets/good-images.js';
export { KOLEKTOR_SDD2, loadKsdd2 } from './datasets/ksdd2.js';
export { loadDataset } from './datasets/load-dataset.js';
export { type LocoRegion, loadLoco, loadLocoRegions, MVTEC_LOCO } from './datasets/loco.js';
export { loadMvtec, MPDD, MVTEC_AD } from './datasets/mvtec.js';
export { loadMvtec2, MVTEC_AD_2 } from './datasets/mvtec2.js';
export { loadMvtec3d, MVTEC_3D } from './datasets/mvtec3d.js';
export { loadRealIad, REAL_IAD, type RealIadOptions } from './datasets/realiad.js';
export { loadMvtecVisaBtad, unionDatasets } from './datasets/union.js';
export { loadVisa, VISA } from './datasets/visa.js';
export { writeMvtec } from './datasets/write-mvtec.js';
export { type DecodeOptions, decodeImage, decodeSized, type SizedImage } from './decode/decode.js';
export type { DecodeLimits } from './decode/limits.js';
export { decodeMask } from './decode/mask.js';
export { type PreparedPicture, preparePicture } from './deprecated.js';
export { type ListOptions, loadList } from './lists/load-list.js';
export { howToConvert, IMAGE_EXTENSIONS, isLitter, isOtherImage } from './names.js';
export { type ProceduralOptions, proceduralDataset } from './procedural/dataset.js';
export { folderSource } from './sources/folder-source.js';
export { type HttpOptions, type HttpSourceOptions, httpSource, readUrl } from './sources/http-source.js';
export { type S3ClientLike, type S3SourceOptions, s3Source } from './sources/s3-source.js';
export { splitHoldout } from './splits/holdout.js';
export type { SplitOptions } from './splits/undecided.js';
export { SYNTHETIC_KINDS, type SyntheticKind } from './synthetic/overlays.js';
export { type SyntheticAnomaly, syntheticAnomaly } from './synthetic/synthetic-anomaly.js';
export { type FolderOptions, fromFolder, fromSource } from './trees/from-folder.js';
export type {
  ClassCounts,
  Dataset,
  DatasetInfo,
  FolderReading,
  GoodMask,
  ImageSource,
  LeftOut,
  MaskBitmap,
  MaskShapes,
  Problem,
  Sample,
} from './types.js';
export type { WordOptions } from './words/name-reader.js';
