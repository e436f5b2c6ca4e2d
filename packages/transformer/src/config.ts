/** Sizes of the reconstruction transformer. */
export interface ReconstructionConfig {
  /** Feature channels, C. */
  readonly channels: number;
  /** Rows and columns of the token grid, N = rows·cols. */
  readonly grid: readonly [number, number];
  /** Width of the tokens inside, d. */
  readonly hidden: number;
  /** Attention heads; divides `hidden`. */
  readonly heads: number;
  readonly feedForward: number;
  readonly encoderLayers: number;
  readonly decoderLayers: number;
  /** Rows and columns of the neighbourhood a token may not see; absent: every token sees all. */
  readonly window?: readonly [number, number];
  /** `learned`: one query table a decoder layer (UniAD). `given`: the caller brings the queries (MINT-AD). */
  readonly queries: 'learned' | 'given';
}

/** UniAD's published sizes for MVTec-AD; `channels` is 272 with EfficientNet-B4's stages 1 to 4. */
export const UNIAD = {
  grid: [14, 14],
  hidden: 256,
  heads: 8,
  feedForward: 1024,
  encoderLayers: 4,
  decoderLayers: 4,
  window: [7, 7],
} as const satisfies Omit<ReconstructionConfig, 'channels' | 'queries'>;
