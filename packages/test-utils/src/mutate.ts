import { encodeSafetensorsHeader, parseSafetensorsHeader, type Random } from '@mint/internal';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const pick = <T>(random: Random, items: readonly T[]): T => items[random.int(items.length)] as T;

/** Values that a hostile file may contain, as JSON text. */
const HOSTILE = [
  'null',
  'true',
  '""',
  '[]',
  '{}',
  '-1',
  '0',
  '0.5',
  '1e308',
  '1e999',
  '-1e999',
  '2147483648',
  '4294967296',
  '9007199254740993',
  '18446744073709551615',
  '"../../../etc/passwd"',
  '"/dev/zero"',
  '"C:\\\\x"',
  '"\\u0000\\u001b[2J"',
  '"__proto__"',
  '{"__proto__":{"length":1}}',
  '{"constructor":{"prototype":{}}}',
  '{"toString":1,"length":4294967295}',
  `"${'x'.repeat(100_000)}"`,
  `[${'0,'.repeat(50_000)}0]`,
  `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
] as const;

/** Bytes with one flip, cut, insertion, or a stretch of noise, zeros or repeats. */
export function mutateBytes(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.int(bytes.length + 1);
  const length = random.int(Math.min(64, bytes.length - at) + 1);
  const noise = () => Uint8Array.from({ length: 1 + random.int(64) }, () => random.int(256));
  const join = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
  const [before, part, after] = [
    bytes.subarray(0, at),
    bytes.subarray(at, at + length),
    bytes.subarray(at + length),
  ];
  return pick(random, [
    () => {
      const flipped = new Uint8Array(bytes); // not slice(), which is only a view of a Node.js Buffer
      flipped[at % bytes.length] = (flipped[at % bytes.length] ?? 0) ^ (1 << random.int(8));
      return flipped;
    },
    () => before,
    () => join(before, noise(), after),
    () => join(before, new Uint8Array(length), after),
    () => join(before, part, part, after),
    () => join(before, after),
    () => join(bytes, noise()),
    () => noise(),
    () => new Uint8Array(0),
  ])();
}

/** JSON text with a value replaced, a key added, doubled, renamed or removed, a list doubled, or bytes mutated. */
export function mutateJson(text: string, random: Random): string {
  if (random.uniform() < 0.25)
    return new TextDecoder().decode(mutateBytes(new TextEncoder().encode(text), random));
  const root: Json = JSON.parse(text);
  // An object cannot hold the same key twice, so such text replaces a marker at the end.
  const marker = '@hostile@';
  const hostile = () => pick(random, HOSTILE);
  let insertion = hostile();
  const { parent, key } = pick(random, places(root));
  if (Array.isArray(parent)) {
    const index = Number(key);
    pick(random, [
      () => parent.splice(index, 1, marker),
      () => parent.splice(index, 1),
      () => parent.push(...parent),
      () => parent.splice(index, 0, marker),
    ])();
  } else {
    const other = pick(random, [
      '__proto__',
      'constructor',
      'tiles',
      '',
      'x'.repeat(10_000),
      pick(random, Object.keys(parent)),
    ]);
    pick(random, [
      () => Object.assign(parent, { [key]: marker }),
      () => Object.assign(parent, { [key]: marker }),
      () => delete parent[key],
      () => {
        Object.defineProperty(parent, other, {
          value: parent[key],
          enumerable: true,
          configurable: true,
          writable: true,
        });
        delete parent[key];
      },
      () => {
        insertion = `${JSON.stringify(parent[key] ?? null)},${JSON.stringify(other)}:${hostile()}`;
        parent[key] = marker;
      },
      () => {
        insertion = `${hostile()},${JSON.stringify(key)}:${JSON.stringify(parent[key] ?? null)}`;
        parent[key] = marker;
      },
    ])();
  }
  return JSON.stringify(root).replace(`"${marker}"`, () => insertion);
}

/** Every place of a JSON value that a mutation can touch. */
function places(value: Json): { parent: Json[] | { [key: string]: Json }; key: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => [{ parent: value, key }, ...places(child)]);
}

/** A safetensors file with its header length, its header's JSON, a tensor's description or any bytes mutated. */
export function mutateSafetensors(bytes: Uint8Array, random: Random): Uint8Array {
  const { entries, metadata, dataStart } = parseSafetensorsHeader(bytes, bytes.length, 'the file to mutate');
  const data = bytes.subarray(dataStart);
  const withText = (text: string) => {
    const header = new TextEncoder().encode(text);
    const start = new Uint8Array(8);
    new DataView(start.buffer).setUint32(0, header.length, true);
    return new Uint8Array(Buffer.concat([start, header, data]));
  };
  const withLength = (length: bigint) => {
    const changed = new Uint8Array(bytes);
    new DataView(changed.buffer).setBigUint64(0, length, true);
    return changed;
  };
  const headerText = () => new TextDecoder().decode(bytes.subarray(8, dataStart));
  const withEntry = () => {
    const at = random.int(entries.length);
    const other = pick(random, entries);
    const changed = entries.map(([name, entry], i): [string, typeof entry] => {
      if (i !== at) return [name, entry];
      const giant = pick(random, [2 ** 31, 2 ** 32, 2 ** 53, 1e300]);
      return pick<() => [string, typeof entry]>(random, [
        () => [name, { ...entry, begin: other[1].begin }],
        () => [name, { ...entry, begin: other[1].begin, end: other[1].end }],
        () => [name, { ...entry, end: entry.end + pick(random, [1, -1, 4, giant]) }],
        () => [name, { ...entry, begin: entry.begin - pick(random, [1, 4, giant]) }],
        () => [
          name,
          {
            ...entry,
            shape: pick(random, [
              [giant],
              [giant, giant, 0],
              [],
              [0],
              [-1],
              entry.shape.toReversed(),
              Array.from({ length: 1000 }, () => 1),
            ]),
          },
        ],
        () => [name, { ...entry, dtype: pick(random, ['F64', 'F16', 'BF16', 'I32', 'U8', 'BOOL']) }],
        () => [pick(random, ['__proto__', 'constructor', '../x', '', `${name}/`]), entry],
        () => [name, { ...entry, shape: [0, ...entry.shape], end: entry.begin }],
      ])();
    });
    return new Uint8Array(Buffer.concat([encodeSafetensorsHeader(changed, metadata), data]));
  };
  const lengths = [0n, 1n, 8n, 25_000_000n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];
  return pick(random, [
    () => mutateBytes(bytes, random),
    () =>
      withLength(
        pick(random, [...lengths, BigInt(bytes.length), BigInt(bytes.length - 8), BigInt(bytes.length - 7)]),
      ),
    () => withText(mutateJson(headerText(), random)),
    () => withText(mutateJson(headerText(), random)),
    withEntry,
    withEntry,
  ])();
}
