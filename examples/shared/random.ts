/** Mixes 32 bits thoroughly (the finaliser of MurmurHash3, public domain). */
function mix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A 32-bit seed for one purpose, from a base seed and labels. Different labels give unrelated seeds. */
export function deriveSeed(seed: number, ...labels: (string | number)[]): number {
  let h = mix(seed >>> 0) ^ mix(Math.floor(seed / 2 ** 32) >>> 0);
  for (const label of labels) {
    const text = `${typeof label === 'number' ? '#' : '$'}${label}`;
    for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
    h = mix(h + 0x9e3779b9);
  }
  return h >>> 0;
}

/** Seeded generator, xoshiro128** (Blackman and Vigna, 2018, public domain): the same numbers on every machine. */
export class Random {
  readonly #s: [number, number, number, number];

  constructor(seed: number) {
    const word = (i: number) => deriveSeed(seed, 'xoshiro', i);
    this.#s = [word(0), word(1), word(2), word(3) | 1];
  }

  /** Uniform in [0, 1), 32 bits of resolution. */
  uniform(): number {
    const s = this.#s;
    const x = Math.imul(s[1], 5);
    const result = Math.imul((x << 7) | (x >>> 25), 9) >>> 0;
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return result / 2 ** 32;
  }

  /** Uniform integer in [0, n). */
  int(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  /** Standard normal, by Box and Muller. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Shuffles in place (Fisher and Yates). */
  shuffle<T>(items: T[]): void {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.int(i + 1);
      [items[i], items[j]] = [items[j] as T, items[i] as T];
    }
  }
}
