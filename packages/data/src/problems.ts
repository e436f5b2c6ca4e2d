import { onOneLine } from '@mint/internal';
import type { LeftOut, Problem } from './types.js';

const SHOWN = 5;

const examplesOf = (names: readonly string[]): string[] => names.slice(0, SHOWN).map(onOneLine);

/** One problem about all these; none when there is none. */
export const problems = (
  code: string,
  names: readonly string[],
  message: string,
  { lost }: { readonly lost?: boolean } = {},
): Problem[] =>
  names.length === 0 ? [] : [{ code, message, count: names.length, examples: examplesOf(names), lost }];

/** One line about files that are left out; none when there is none. */
export const leftOut = (what: string, names: readonly string[]): LeftOut[] =>
  names.length === 0 ? [] : [{ what, count: names.length, examples: examplesOf(names) }];

/** The same in sentences, for everyone who only prints warnings; what a problem reports as lost is not repeated. */
export function sentencesOf({
  problems: found = [],
  leftOut: left = [],
}: {
  readonly problems?: readonly Problem[] | undefined;
  readonly leftOut?: readonly LeftOut[] | undefined;
}): string[] {
  const reported = new Set(found.filter(({ lost }) => lost).map(({ examples }) => examples.join()));
  return [
    ...found.map(({ message, count, examples }) => `${message} ${count}: ${listed(examples, count)}.`),
    ...left
      .filter(({ examples }) => !reported.has(examples.join()))
      .map(({ what, count, examples }) => `${count} ${what} are left out: ${listed(examples, count)}.`),
  ];
}

const listed = (examples: readonly string[], count: number): string =>
  examples.join(', ') + (count > examples.length ? ` and ${count - examples.length} more` : '');
