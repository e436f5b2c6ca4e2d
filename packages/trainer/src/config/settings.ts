import { MintError, shown } from '@mint/internal';
import { readFileOf } from '@mint/internal/node';
import { closestMatch } from 'leven';
import stripJsonComments from 'strip-json-comments';
import * as z from 'zod';

/** Larger than any settings file written by hand. */
const MAX_BYTES = 1e6;

/**
 * A zod object that refuses keys it does not have and names the nearest one it has.
 *
 * See the example of {@link parseSettings}.
 */
export function settings<T extends z.core.$ZodLooseShape>(shape: T): z.ZodObject<T, z.core.$strict> {
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return undefined;
      const known = Object.keys(shape);
      const unknown = String(issue.keys[0]);
      const nearest = closestMatch(unknown, known, { maxDistance: Math.max(2, unknown.length / 2) });
      const hint = nearest === undefined ? `there are ${known.join(', ')}` : `did you mean '${nearest}'?`;
      return `there is no setting ${shown(unknown)}; ${hint}`;
    },
  });
}

/**
 * Checks a value of unknown origin against a schema.
 *
 * @param name - Where the value comes from, such as a file; messages begin with it.
 * @throws MintError `INVALID_ARGUMENT` naming the first setting that is wrong, what was expected and what was given.
 *
 * @example
 * ```ts
 * import { writeFile } from 'node:fs/promises';
 * import { parseSettings, readJsonc, settings } from '@mint/trainer';
 * import * as z from 'zod';
 *
 * const schema = settings({ epochs: z.int().min(1) });
 * await writeFile('short.jsonc', '{ "epochs": 8, } // a short run');
 * console.log(parseSettings(schema, await readJsonc('settings', 'short.jsonc'), 'short.jsonc')); // { epochs: 8 }
 * try {
 *   parseSettings(schema, { epochs: 8, epoch: 9 }, 'long.jsonc');
 * } catch (error) {
 *   console.log(String(error)); // MintError: long.jsonc: there is no setting "epoch"; did you mean 'epochs'?
 * }
 * ```
 */
export function parseSettings<T extends z.ZodType>(schema: T, value: unknown, name: string): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [first, ...others] = result.error.issues;
  if (first === undefined) return schema.parse(value);
  const path = first.path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('');
  const more =
    others.length === 0
      ? ''
      : ` (${others.length} more ${others.length === 1 ? 'setting is' : 'settings are'} wrong)`;
  const end = messageOf(first, shown(at(value, first.path))).replace(/([^.?!])$/, '$1.');
  throw new MintError('INVALID_ARGUMENT', `${name}: ${path === '' ? '' : `${path.slice(1)}: `}${end}${more}`);
}

/**
 * Reads a JSON file that may have comments and trailing commas.
 *
 * See the example of {@link parseSettings}.
 *
 * @param what - What the file is for, as in "settings".
 * @throws MintError `NOT_FOUND` when it cannot be read, `INVALID_ARGUMENT` when it is not JSON, with the line.
 */
export async function readJsonc(what: string, path: string): Promise<unknown> {
  const text = new TextDecoder().decode(await readFileOf(what, path, MAX_BYTES));
  // Comments become spaces, so that positions in the text stay the same.
  const plain = stripJsonComments(text, { trailingCommas: true });
  try {
    return JSON.parse(plain);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const at = /at position (\d+)/.exec(reason)?.[1];
    const line = plain.slice(0, at === undefined ? plain.length : Number(at)).split('\n').length;
    throw new MintError('INVALID_ARGUMENT', `${path}: line ${line}: not JSON: ${reason}.`, { cause });
  }
}

function messageOf(issue: z.core.$ZodIssue, came: string): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${NAMES[issue.expected] ?? issue.expected}, got ${came}`;
    case 'too_small':
      return `expected ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}, got ${came}`;
    case 'too_big':
      return `expected ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}, got ${came}`;
    case 'invalid_value':
      return `expected ${issue.values.map(shown).join(' or ')}, got ${came}`;
    case 'invalid_union':
      return `expected ${'options' in issue ? issue.options.map(shown).join(' or ') : 'another value'}, got ${came}`;
    default:
      return issue.message;
  }
}

/** The part of a value at a path of zod. */
function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce(
    (inner: unknown, key) =>
      typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined,
    value,
  );
}

/** Zod's names of JSON types, in words. */
const NAMES: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  string: 'a text',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
};
