/**
 * Labels of `count` equally spaced values from `low` to `high`, all with the same number of decimals: as many as show
 * two digits of the step between them.
 */
export function tickLabels(low: number, high: number, count: number): string[] {
  const values = Array.from({ length: count }, (_, i) => low + (i / (count - 1)) * (high - low));
  const step = (high - low) / (count - 1);
  const decimals = Math.max(0, 1 - Math.floor(Math.log10(step)));
  const largest = Math.max(Math.abs(low), Math.abs(high));
  if (decimals <= 6 && largest < 1e7) return values.map((value) => value.toFixed(decimals));
  // Enough digits to tell the values apart however close they lie, at most all that a float64 has.
  const digits = Math.min(
    15,
    Math.max(1, 1 + Math.floor(Math.log10(largest)) - Math.floor(Math.log10(step))),
  );
  return values.map((value) => value.toExponential(digits));
}

/** A value between ticks, with as many decimals as their labels. */
export function tickLabel(value: number, [label = '']: readonly string[]): string {
  const [, decimals = '', exponent] = /^-?\d+(?:\.(\d+))?(e.*)?$/.exec(label) ?? [];
  return exponent === undefined ? value.toFixed(decimals.length) : value.toExponential(decimals.length);
}
