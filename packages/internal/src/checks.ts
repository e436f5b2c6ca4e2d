import { MintError } from './error.js';
import { oneLine } from './text/text.js';

/** `[2, ?, 5]` for `[2, null, 5]`. */
export function formatShape(shape: readonly (number | null)[]): string {
  return `[${shape.map((size) => size ?? '?').join(', ')}]`;
}

/** Throws `INVALID_ARGUMENT` unless `value` is an integer in [min, max]. */
export function assertInt(
  who: string,
  name: string,
  value: number,
  min: number,
  max = Number.MAX_SAFE_INTEGER,
): void {
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
    throw new MintError('INVALID_ARGUMENT', `${who}: \`${name}\` must be an integer ${range}, got ${value}.`);
  }
}

/** Throws `INVALID_ARGUMENT` unless `value` is an integer of at least 1. */
export function assertPositiveInt(who: string, name: string, value: number): void {
  assertInt(who, name, value, 1);
}

/** Throws `INVALID_ARGUMENT` unless 0 ≤ `value` ≤ 1. */
export function assertProbability(who: string, name: string, value: number): void {
  if (!(value >= 0 && value <= 1)) {
    throw new MintError('INVALID_ARGUMENT', `${who}: \`${name}\` must lie in [0, 1], got ${value}.`);
  }
}

/** Throws `INVALID_ARGUMENT` unless `value` is one of `allowed`. */
export function assertOneOf<T extends string>(
  who: string,
  name: string,
  value: string,
  allowed: readonly T[],
): asserts value is T {
  if (!(allowed as readonly string[]).includes(value)) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `${who}: \`${name}\` must be one of ${allowed.join(', ')}; got '${value}'.`,
    );
  }
}

/**
 * The value of a record under a name that people chose, such as that of a class: a class may be called `constructor`, which every
 * object has.
 *
 * @returns Undefined where the record, if there is one, has no such key of its own.
 */
export function own<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}

/**
 * Does something with one image. Whatever goes wrong, down to an array that cannot be allocated, concerns this image alone: the others
 * of its batch must not suffer for it.
 *
 * @param name - The image in messages.
 * @throws MintError of the work; `UNREADABLE_IMAGE` for anything else that it throws.
 */
export async function asOneImage<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (MintError.isInstance(error)) throw error;
    const message = `${name}: cannot be prepared: ${oneLine(error)}.`;
    throw new MintError('UNREADABLE_IMAGE', message, { cause: error });
  }
}
