import { MintError } from '@mint/internal';

/** Share of the mean variance that is added to the variance of each channel: keeps channels that hardly vary from dominating. */
const SHRINKAGE = 0.01;

/**
 * The matrix W with `‖r·W‖² = rᵀΣ⁻¹r`: residuals times W have unit covariance.
 *
 * W is the transposed inverse of the Cholesky factor of `Σ + 0.01·trace(Σ)/C·I`, computed in float64.
 *
 * See the example of `tokenMap`.
 *
 * @param moments - `[C·C]` row-major second moments Σ of residuals about zero.
 * @returns `[C·C]` row-major.
 * @throws MintError `INVALID_ARGUMENT` when the moments are all zero or not finite.
 */
export function whiteningMatrix(moments: Float64Array, channels: number): Float32Array {
  const at = (row: number, column: number) => row * channels + column;
  const trace = Array.from({ length: channels }, (_, c) => moments[at(c, c)] as number).reduce(
    (sum, v) => sum + v,
    0,
  );
  const lower = Float64Array.from(moments);
  for (let j = 0; j < channels; j++) {
    for (let i = j; i < channels; i++) {
      let sum = (lower[at(i, j)] as number) + (i === j ? (SHRINKAGE * trace) / channels : 0);
      for (let k = 0; k < j; k++) sum -= (lower[at(i, k)] as number) * (lower[at(j, k)] as number);
      if (i === j && !(sum > 0)) {
        throw new MintError('INVALID_ARGUMENT', 'whiteningMatrix: the residuals are all zero or not finite.');
      }
      lower[at(i, j)] = i === j ? Math.sqrt(sum) : sum / (lower[at(j, j)] as number);
    }
  }
  // Column by column, forward substitution of L·x = e gives L⁻¹; written transposed.
  const whitening = new Float32Array(channels * channels);
  const column = new Float64Array(channels);
  for (let j = 0; j < channels; j++) {
    for (let i = j; i < channels; i++) {
      let sum = i === j ? 1 : 0;
      for (let k = j; k < i; k++) sum -= (lower[at(i, k)] as number) * (column[k] as number);
      column[i] = sum / (lower[at(i, i)] as number);
      whitening[at(j, i)] = column[i] as number;
    }
  }
  return whitening;
}
