import type { Data } from './graph/value.js';
import { assertExactInt8 } from './sessions/exact-int8.js';

/**
 * From now on, products with one of these matrices as the second operand are computed in int8: the matrix's columns, and the rows
 * of the first operand, are rounded to 255 levels each. Gradients are not, nor are other uses of the matrices.
 *
 * @throws MintError `UNAVAILABLE` if this machine cannot.
 */
export function useInt8(matrices: readonly Data[]): void {
  assertExactInt8();
  for (const data of matrices) if (data.dtype === 'float32') data.int8 = true;
}
