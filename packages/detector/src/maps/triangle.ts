/** Numbers in a packed lower triangle of a `width × width` matrix. */
export const triangleSize = (width: number): number => (width * (width + 1)) / 2;

/** Place of an element in a packed lower triangle, row by row. @param column - At most `row`. */
export const triangleIndex = (row: number, column: number): number => (row * (row + 1)) / 2 + column;

/** A symmetric matrix, `[width·width]` row-major, from its packed lower triangle. */
export function symmetricOf(triangle: ArrayLike<number>, width: number): Float64Array {
  const matrix = new Float64Array(width * width);
  for (let row = 0; row < width; row++) {
    for (let column = 0; column <= row; column++) {
      const value = triangle[triangleIndex(row, column)] as number;
      matrix[row * width + column] = value;
      matrix[column * width + row] = value;
    }
  }
  return matrix;
}
