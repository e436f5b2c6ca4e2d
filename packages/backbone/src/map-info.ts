/** The feature maps of a backbone, in the order in which it returns them. */
export interface MapInfo {
  /** Channels of each map. */
  readonly channels: number[];
  /** Stride of each map: pixels of the image for one cell. */
  readonly strides: number[];
}
