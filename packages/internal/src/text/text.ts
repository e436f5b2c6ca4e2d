/** Text of any thrown value. Jest and Vitest run tests in realms of their own, where an error may be no `Error`. */
export function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : String(error);
}

/** Text of any thrown value on one line, for messages that quote another error. */
export const oneLine = (error: unknown): string => messageOf(error).replaceAll(/\s+/g, ' ').trim();

/** Why a request failed: `fetch failed` says nothing, its cause does. */
export const reasonOf = (error: unknown): string =>
  oneLine(error instanceof Error && error.cause instanceof Error ? error.cause : error);

/** A name with its control characters and line breaks written out, so that it stays on its line: `a\x0ab`. */
export const onOneLine = (name: string): string =>
  name.replaceAll(
    /[\p{Cc}\u2028\u2029]/gu,
    (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );

/** Text from a file of unknown origin, fit to be shown in a message: cut to `length`, without control characters. */
export function printable(text: string, length: number): string {
  return (text.length > length ? `${text.slice(0, length)}…` : text).replaceAll(/\p{Cc}/gu, '?');
}

/** Any value of parsed JSON, fit to be quoted in a message: short, whatever its size and depth. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return `"${printable(value, 60)}"`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
