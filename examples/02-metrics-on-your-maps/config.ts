export interface Config {
  /** Bootstrap draws behind the 95 % intervals. */
  readonly replicates: number;
  readonly seed: number;
}

export const config: Config = { replicates: 1000, seed: 0 };
