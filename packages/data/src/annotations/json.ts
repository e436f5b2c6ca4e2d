/** A JSON object, or undefined for anything else. */
export const record = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : undefined;

export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
export const number = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

/** Numbers of a list of numbers or of points, in one row; undefined when there is anything else. */
export function numbers(value: unknown): number[] | undefined {
  const flat = list(value).flatMap((entry) => (Array.isArray(entry) ? entry : [entry]));
  return flat.every((entry): entry is number => typeof entry === 'number' && Number.isFinite(entry))
    ? flat
    : undefined;
}
