/** Items of equal key together, in the order of their first. */
export function groups<T>(items: readonly T[], keyOf: (item: T, i: number) => string): T[][] {
  const found = new Map<string, T[]>();
  items.forEach((item, i) => {
    const key = keyOf(item, i);
    const group = found.get(key);
    if (group === undefined) found.set(key, [item]);
    else group.push(item);
  });
  return [...found.values()];
}
