export interface Config {
  /** Rows and columns of the fitted image. */
  readonly size: number;
  /** Width and number of the sine layers. */
  readonly units: number;
  readonly layers: number;
  /** SIREN's frequency factor: a higher factor fits finer detail. */
  readonly omega0: number;
  readonly steps: number;
  readonly learningRate: number;
  readonly seed: number;
  /** Factor by which the drawing of the fitted function is larger than the image. */
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
