/**
 * Sizes of the reconstruction transformer that a user sets. The rest of {@link ReconstructionConfig} follows from the
 * features and from what makes the queries. Plain JSON.
 */
export interface ReconstructionSizes {
  /** Width of the tokens inside the network, d: even, and divisible by `heads`. */
  readonly hidden: number;
  /** Attention heads, h. */
  readonly heads: number;
  /** Width of the hidden layer of each feed-forward block. */
  readonly feedForward: number;
  /** Number of encoder layers, at least 1. */
  readonly encoderLayers: number;
  /** Number of decoder layers, at least 1. Each has its own queries. */
  readonly decoderLayers: number;
  /**
   * Rows and columns of the neighbourhood that a token may not see, in tokens; an even size acts like the next odd one.
   * @defaultValue none: every token sees every token
   */
  readonly window?: readonly [number, number] | undefined;
}

/** Everything that the shapes of the reconstruction transformer depend on. Plain JSON. */
export interface ReconstructionConfig extends ReconstructionSizes {
  /** Feature channels, C. */
  readonly channels: number;
  /** Rows and columns of the token grid, N = rows · columns. */
  readonly grid: readonly [number, number];
  /** `'learned'`: one query table per decoder layer (UniAD). `'given'`: the caller passes the queries (MINT-AD). */
  readonly queries: 'learned' | 'given';
}

/**
 * UniAD's published sizes for MVTec-AD; `channels` is 272 with stages 1 to 4 of EfficientNet-B4.
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
  /** The neighbourhood that a token may not see. */
  window: [7, 7],
} as const satisfies ReconstructionSizes & Pick<ReconstructionConfig, 'grid'>;
