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
  /** Width of the feed-forward blocks. */
  readonly feedForward: number;
  /** Number of encoder layers. */
  readonly encoderLayers: number;
  /** Number of decoder layers. */
  readonly decoderLayers: number;
  /** Rows and columns of the neighbourhood a token may not see; absent: every token sees all. */
  readonly window?: readonly [number, number];
  /** `learned`: one query table a decoder layer (UniAD). `given`: the caller brings the queries (MINT-AD). */
  readonly queries: 'learned' | 'given';
}

/**
 * UniAD's published sizes for MVTec-AD; `channels` is 272 with EfficientNet-B4's stages 1 to 4.
 *
 * @see You et al., "A Unified Model for Multi-class Anomaly Detection", NeurIPS 2022, and its code.
 */
export const UNIAD = {
  /** Tokens of an image of 224 px at stride 16. */
  grid: [14, 14],
  /** Width of the tokens. */
  hidden: 256,
  /** Attention heads. */
  heads: 8,
  /** Width of the feed-forward blocks. */
  feedForward: 1024,
  /** Encoder layers. */
  encoderLayers: 4,
  /** Decoder layers. */
  decoderLayers: 4,
  /** The neighbourhood a token may not see. */
  window: [7, 7],
} as const satisfies Omit<ReconstructionConfig, 'channels' | 'queries'>;
