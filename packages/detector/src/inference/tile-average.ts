import { createTileMerger, resizeMap, type Tile, type TileGrid, type TileMerger } from '@mint/image';
import type { DetectorConfig } from '../config.js';
import { mapScore } from '../maps/map-score.js';
import type { Prediction } from '../prediction.js';

/** The prediction of an image from those of its tiles, added one by one in the order of the grid; see `predictBatch`. */
export class TileAverage {
  readonly #grid: TileGrid;
  readonly #config: Pick<DetectorConfig, 'classes' | 'score'>;
  readonly #merger: TileMerger;
  #added = 0;
  #logPosterior: Float64Array | undefined;
  #oodScores: Float64Array | undefined;

  constructor(grid: TileGrid, config: Pick<DetectorConfig, 'classes' | 'score'>) {
    this.#grid = grid;
    this.#config = config;
    this.#merger = createTileMerger(grid);
  }

  add(tile: Prediction): void {
    // The tile's place is smaller than its map where the image is lower or narrower than the network's input.
    this.#merger.add(resizeMap(tile.anomalyMap, tile, this.#grid.tiles[this.#added] as Tile));
    this.#added += 1;
    // A probability that underflows to 0 would outvote all other tiles.
    this.#logPosterior = this.#mean(this.#logPosterior, tile.classPosterior, (p) =>
      Math.log(Math.max(p, 1e-30)),
    );
    this.#oodScores = this.#mean(this.#oodScores, tile.oodScores, (score) => score);
  }

  result(): Prediction {
    const { width, height } = this.#grid;
    const anomalyMap = this.#merger.result();
    const prediction = {
      anomalyMap,
      width,
      height,
      score: mapScore(anomalyMap, { width, height }, this.#config.score),
      oodScores: this.#oodScores && Float32Array.from(this.#oodScores),
    };
    const logs = this.#logPosterior;
    if (logs === undefined) return prediction;
    const best = logs.indexOf(Math.max(...logs));
    const shares = logs.map((log) => Math.exp(log - (logs[best] as number)));
    const total = shares.reduce((sum, share) => sum + share, 0);
    return {
      ...prediction,
      classPosterior: Float32Array.from(shares, (share) => share / total),
      className: this.#config.classes[best] ?? '',
    };
  }

  /** The mean over tiles so far, with the values of one more. */
  #mean(
    mean: Float64Array | undefined,
    values: Float32Array | undefined,
    of: (value: number) => number,
  ): Float64Array | undefined {
    if (values === undefined) return undefined;
    const sum = mean ?? new Float64Array(values.length);
    values.forEach((value, k) => {
      sum[k] = (sum[k] as number) + of(value) / this.#grid.tiles.length;
    });
    return sum;
  }
}
