const MARKER = Symbol.for('mint.error');

/** Why a `@mint/*` call failed. The codes are stable: branch on these, never on the text of a message. */
export type MintErrorCode =
  | 'INVALID_ARGUMENT'
  | 'SHAPE_MISMATCH'
  | 'UNDEFINED_METRIC'
  | 'NOT_FOUND'
  | 'EMPTY_DATASET'
  | 'UNREADABLE_IMAGE'
  | 'IMAGE_TOO_LARGE'
  | 'MASK_MISMATCH'
  | 'CORRUPT_FILE'
  | 'UNSUPPORTED_VERSION'
  | 'MISSING_WEIGHT'
  | 'DISK_FULL'
  | 'IN_USE'
  | 'DIVERGED'
  | 'UNAVAILABLE'
  | 'COMPUTE_FAILED';

/**
 * Thrown by every `@mint/*` package for a mistake that the caller can fix. The message names the argument or file, what was
 * expected, what was given, and what to do.
 *
 * @example
 * ```ts
 * import { auroc, MintError } from '@mint/metrics';
 *
 * try {
 *   auroc([0.2, 0.7], [0, 0]);
 * } catch (error) {
 *   if (!MintError.isInstance(error)) throw error;
 *   console.log(error.code); // UNDEFINED_METRIC
 *   console.log(error.message);
 *   // auroc: undefined, because there are only normal samples; it needs both kinds.
 * }
 * ```
 */
export class MintError extends Error {
  override readonly name = 'MintError';
  readonly [MARKER] = true;
  /** What went wrong; stable across versions. */
  readonly code: MintErrorCode;

  constructor(code: MintErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** Like `instanceof`, but works even when two copies of a package are loaded. */
  static isInstance(error: unknown): error is MintError {
    return typeof error === 'object' && error !== null && MARKER in error;
  }
}
