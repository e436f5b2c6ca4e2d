import { backboneInfo } from '@mint/backbone';
import { planTiles, type TileGrid, type TilePlan } from '@mint/image';
import type { MintDetector } from '../detector.js';

/** Limits on the memory and the work of an image in tiles. */
export interface TileLimits {
  /** Bytes to stay within. @defaultValue 2 GiB */
  readonly limit?: number | undefined;
  /**
   * Tiles that the network gets at once where memory allows it. A graph is compiled for each number, and more are no faster
   * on a CPU; fewer keep a page responsive. @defaultValue 8
   */
  readonly tilesAtOnce?: number | undefined;
}

/** Bytes per token, hidden unit and layer that a tile takes in the transformer, as measured on ONNX Runtime. */
const BYTES_PER_UNIT = 60;

/**
 * The memory that scoring an image in tiles takes, and how many tiles the network gets at once; see `planTiles` of
 * `@mint/image`.
 *
 * @throws MintError `IMAGE_TOO_LARGE` when not even one tile at a time stays within the limit.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import { MintDetector, PAPER_CONFIG, planTilesOf } from '@mint/detector';
 * import { tileGrid } from '@mint/image';
 *
 * const detector = MintDetector.create({ ...PAPER_CONFIG, classes: ['nut'], backbone: { kind: 'scattering' } });
 * const grid = tileGrid(4000, 3000, { width: 224, height: 224 });
 * const { batchSize, bytes } = planTilesOf(detector, grid);
 * console.log(`${batchSize} tiles at once, ${Math.round(bytes / 1e6)} MB`); // 8 tiles at once, 836 MB
 * ```
 */
export function planTilesOf(
  { config, channels }: Pick<MintDetector, 'config' | 'channels'>,
  grid: TileGrid,
  { limit, tilesAtOnce = 8 }: TileLimits = {},
): TilePlan {
  const { width, height } = config.input;
  const { hidden, encoderLayers, decoderLayers } = config.network;
  const { bytesPerPixel } = backboneInfo(config.backbone);
  const tokens = config.grid[0] * config.grid[1];
  return planTiles(grid, {
    bytesPerTile:
      width * height * bytesPerPixel + tokens * hidden * (encoderLayers + decoderLayers) * BYTES_PER_UNIT,
    featureBytes: tokens * channels * 4,
    atMost: tilesAtOnce,
    limit,
  });
}
