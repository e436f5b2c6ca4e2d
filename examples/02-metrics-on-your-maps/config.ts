export interface Config {
  /** Number of bootstrap draws for the 95 % intervals. */
  readonly replicates: number;
  readonly seed: number;
}

export const config: Config = { replicates: 1000, seed: 0 };
