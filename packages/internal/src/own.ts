/**
 * The value of a record under a name that people chose, such as that of a class: a class may be called `constructor`, which every
 * object has.
 *
 * @returns Undefined where the record, if there is one, has no such key of its own.
 */
export function own<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}
