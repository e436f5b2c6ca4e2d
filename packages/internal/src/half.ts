/** The value of a float16, given as its 16 bits. */
export function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

let values: Float32Array | undefined;

/** {@link halfToFloat} of many. */
export function halvesToFloats(halves: Uint16Array): Float32Array<ArrayBuffer> {
  values ??= Float32Array.from({ length: 2 ** 16 }, (_, half) => halfToFloat(half));
  const table = values; // read in a loop, a variable of the module takes much longer
  const floats = new Float32Array(halves.length);
  for (let i = 0; i < floats.length; i++) floats[i] = table[halves[i] as number] as number;
  return floats;
}

const value = new Float32Array(1);
const word = new Uint32Array(value.buffer);

/** The 16 bits of the float16 nearest to a float32: ties go to even, values beyond ±65504 to ±Infinity. */
export function floatToHalf(x: number): number {
  value[0] = x;
  const bits = word[0] as number;
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00;
  if (size >= 0x47800000) return sign | 0x7c00;
  if (size >= 0x38800000) return sign | ((size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13);
  // Below 2^-14 the steps are 2^-24, which is the spacing of float32 above ½: adding ½ rounds.
  value[0] = Math.abs(x) + 0.5;
  return sign | ((word[0] as number) - 0x3f000000);
}

/** {@link floatToHalf} of many. */
export function floatsToHalves(floats: ArrayLike<number>): Uint16Array<ArrayBuffer> {
  const halves = new Uint16Array(floats.length);
  for (let i = 0; i < halves.length; i++) halves[i] = floatToHalf(floats[i] as number);
  return halves;
}
