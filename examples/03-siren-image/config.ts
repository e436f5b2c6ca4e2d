export interface Config {
  /** Rows and columns the image is fitted at. */
  readonly size: number;
  /** Width and number of the sine layers. */
  readonly units: number;
  readonly layers: number;
  /** SIREN's frequency factor: higher follows finer detail. */
  readonly omega0: number;
  readonly steps: number;
  readonly learningRate: number;
  readonly seed: number;
  /** The fitted function is drawn this many times larger: it has no pixels of its own. */
  readonly enlarge: number;
}

export const config: Config = {
  size: 96,
  units: 128,
  layers: 3,
  omega0: 30,
  steps: 400,
  learningRate: 1e-3,
  seed: 0,
  enlarge: 3,
};
