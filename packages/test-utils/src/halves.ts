/** The left half of an image, as a region of interest: polygons in shares of width and height. */
export const LEFT = [
  [
    [0, 0],
    [0.5, 0],
    [0.5, 1],
    [0, 1],
  ],
] as const;

/** The upper half. */
export const UPPER = [
  [
    [0, 0],
    [1, 0],
    [1, 0.5],
    [0, 0.5],
  ],
] as const;
