import { planTiles, type TileGrid } from '@mint/data';
import type { DetectorConfig, MintDetector } from '@mint/detector';

/** Bytes that a tile takes in the backbone for each pixel of the network's input, as measured; see `slow/large-picture.ts`. */
const BYTES_PER_PIXEL: Readonly<Record<DetectorConfig['backbone']['kind'], number>> = {
  efficientnet: 1000,
  scattering: 1000,
};

/** Memory that scoring a picture in tiles takes; see `planTiles`. @param limit - In bytes. @defaultValue 2 GiB */
export function planTilesOf(detector: MintDetector, grid: TileGrid, limit?: number) {
  const { config, featureMean } = detector.toState();
  const { width, height } = config.input;
  const [rows, cols] = config.grid;
  return planTiles(grid, {
    bytesPerTile: width * height * BYTES_PER_PIXEL[config.backbone.kind],
    featureBytes: rows * cols * featureMean.length * 4,
    ...(limit === undefined ? {} : { limit }),
  });
}

/**
 * Tiles to give the network at once: `batchSize`, or as many as memory allows.
 *
 * @throws MintError `IMAGE_TOO_LARGE` when it does not allow one.
 */
export function tilesAtOnce(
  detector: MintDetector,
  grid: TileGrid,
  batchSize: number,
  limit?: number,
): number {
  return Math.min(batchSize, planTilesOf(detector, grid, limit).batchSize);
}
