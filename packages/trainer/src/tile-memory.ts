import { planTiles, type TileGrid, type TilePlan } from '@mint/data';
import type { DetectorConfig, MintDetector } from '@mint/detector';

/**
 * Tiles at once in the network where memory allows more: a graph is compiled for each number, and more at once are no faster
 * on a CPU.
 */
const AT_MOST = 8;

/**
 * Bytes that a tile takes in the backbone for each pixel of the network's input, as measured on ONNX Runtime (`pnpm --filter
 * bench large-image-memory`); EfficientNet: B4, of which B7 takes half more.
 */
const BYTES_PER_PIXEL: Readonly<Record<DetectorConfig['backbone']['kind'], number>> = {
  efficientnet: 1500,
  scattering: 550,
};
/** Bytes that it takes in the transformer for each token, hidden unit and layer, measured likewise. */
const BYTES_PER_UNIT = 60;

/**
 * What scoring an image in tiles takes, and how many of them to give the network at once; see `planTiles`.
 *
 * @param limit - Bytes to keep within. @defaultValue 2 GiB
 * @throws MintError `IMAGE_TOO_LARGE` when not even one tile at a time fits.
 *
 * @example
 * ```ts
 * import '@mint/backend-onnx';
 * import { tileGrid } from '@mint/data';
 * import { MintDetector, PAPER_CONFIG } from '@mint/detector';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { planTilesOf } from '@mint/trainer';
 *
 * await tf.setBackend('onnx');
 * const detector = MintDetector.create({ ...PAPER_CONFIG, classes: ['nut'], backbone: { kind: 'scattering' } });
 * const grid = tileGrid(4000, 3000, { width: 224, height: 224 });
 * const { batchSize, bytes } = planTilesOf(detector, grid);
 * console.log(`${batchSize} tiles at once, ${Math.round(bytes / 1e6)} MB`); // 8 tiles at once, 836 MB
 * ```
 */
export function planTilesOf(detector: MintDetector, grid: TileGrid, limit?: number): TilePlan {
  const { config, featureMean } = detector.toState();
  const { width, height } = config.input;
  const { hidden, encoderLayers, decoderLayers } = config.network;
  const tokens = config.grid[0] * config.grid[1];
  return planTiles(grid, {
    bytesPerTile:
      width * height * BYTES_PER_PIXEL[config.backbone.kind] +
      tokens * hidden * (encoderLayers + decoderLayers) * BYTES_PER_UNIT,
    featureBytes: tokens * featureMean.length * 4,
    atMost: AT_MOST,
    ...(limit === undefined ? {} : { limit }),
  });
}
