import { deriveSeed, MintError, Random } from '@mint/internal';

/**
 * Random orthonormal directions: Q of the QR decomposition of a Gaussian matrix, by Gram–Schmidt in float64.
 *
 * @param channels - Length of each direction, C.
 * @param count - Number of directions, d, from 1 to C.
 * @param seed - Equal seeds give equal directions.
 * @returns `[C·d]` row-major, one direction per column.
 * @throws MintError `INVALID_ARGUMENT` when `count` is not an integer from 1 to `channels`.
 */
export function randomDirections(channels: number, count: number, seed: number): Float32Array {
  if (!Number.isInteger(count) || count < 1 || count > channels)
    throw new MintError(
      'INVALID_ARGUMENT',
      `randomDirections: \`count\` must be an integer from 1 to the ${channels} channels, got ${count}.`,
    );
  const random = new Random(deriveSeed(seed, 'directions'));
  const columns: Float64Array[] = [];
  while (columns.length < count) {
    const drawn = Float64Array.from({ length: channels }, () => random.normal());
    // Twice: the first pass leaves a rounding error that grows with the number of directions.
    for (let pass = 0; pass < 2; pass++) for (const column of columns) removePart(drawn, column);
    const length = Math.sqrt(dot(drawn, drawn));
    columns.push(drawn.map((v) => v / length));
  }
  return Float32Array.from(
    { length: channels * count },
    (_, i) => columns[i % count]?.[Math.floor(i / count)] ?? 0,
  );
}

/** Takes its part along a unit vector out of `vector`. */
function removePart(vector: Float64Array, unit: Float64Array): void {
  const along = dot(vector, unit);
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] as number) - along * (unit[i] as number);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
