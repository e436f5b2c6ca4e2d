/** How {@link globMatcher} reads a pattern. */
export interface GlobOptions {
  /** Capital letters and small ones are the same. @defaultValue false */
  readonly nocase?: boolean | undefined;
  /** As a shell: `[ab]`, `[a-z]` and `[!a]` stand for one character, `{a,b}` for either text. Default: they are plain text. */
  readonly shell?: boolean | undefined;
}

/**
 * Makes a test of paths with `/` by a pattern: `*` is any text within a name, `?` one character, `**` as a whole name any number of
 * folders; at the end of a longer pattern it is all that lies below, not the folder itself. The time to test grows with the length of pattern times path, whatever they are: nothing is tried again, as a regular
 * expression would.
 */
export function globMatcher(
  pattern: string,
  { nocase = false, shell = false }: GlobOptions = {},
): (path: string) => boolean {
  const fold = (text: string) => (nocase ? text.toLowerCase() : text);
  const patterns = (shell ? alternatives(fold(pattern)) : [fold(pattern)]).map((text) =>
    text.split('/').map((part) => (part === '**' ? part : tokensOf(part, shell))),
  );
  return (path) => {
    const names = fold(path).split('/');
    return patterns.some((parts) => matches(parts, names));
  };
}

/** Whether a text is a pattern of a shell: has `*`, `?`, `[…]` or `{…,…}`. */
export const isShellPattern = (text: string): boolean => /[*?]|\[[^\]]+\]|\{[^{}]*,[^{}]*\}/.test(text);

/** One place of a name in a pattern: any text, any character, or some of them. */
type Token = '*' | '?' | ((character: string) => boolean);

function matches(parts: readonly ('**' | readonly Token[])[], names: readonly string[]): boolean {
  const isAllStars = parts.every((part) => part === '**');
  const least = (at: number) => (at === parts.length - 1 && !isAllStars ? 1 : 0);
  // Numbers of names that the parts so far can match.
  let reached = [true, ...names.map(() => false)];
  for (const [at, part] of parts.entries()) {
    const first = reached.indexOf(true);
    if (first === -1) return false;
    const before = reached;
    reached =
      part === '**'
        ? before.map((_, i) => i >= first + least(at))
        : before.map((_, i) => before[i - 1] === true && matchesName(part, names[i - 1] ?? ''));
  }
  return reached.at(-1) === true;
}

/** Only the last star can have to take more: what an earlier one took is as good as anything else. */
function matchesName(part: readonly Token[], name: string): boolean {
  let [p, n, star, taken] = [0, 0, -1, 0];
  while (n < name.length) {
    const token = part[p];
    if (token === '*') [star, taken, p] = [p, n, p + 1];
    else if (token !== undefined && (token === '?' || token(name[n] ?? ''))) [p, n] = [p + 1, n + 1];
    else if (star >= 0) [p, taken, n] = [star + 1, taken + 1, taken + 1];
    else return false;
  }
  while (part[p] === '*') p += 1;
  return p === part.length;
}

function tokensOf(part: string, shell: boolean): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < part.length; at += 1) {
    const character = part[at] ?? '';
    const end = shell && character === '[' ? part.indexOf(']', at + 2) : -1;
    if (end > 0) {
      tokens.push(characterClass(part.slice(at + 1, end)));
      at = end;
    } else if (character === '*' || character === '?') tokens.push(character);
    else tokens.push((other) => other === character);
  }
  return tokens;
}

/** What stands between brackets: `ab`, `a-z`, and with `!` or `^` all others. */
function characterClass(inside: string): (character: string) => boolean {
  const isOpposite = /^[!^]/.test(inside);
  const text = isOpposite ? inside.slice(1) : inside;
  const ranges: [string, string][] = [];
  for (let at = 0; at < text.length; at += 1) {
    const from = text[at] ?? '';
    const isRange = text[at + 1] === '-' && at + 2 < text.length;
    ranges.push([from, isRange ? (text[at + 2] ?? '') : from]);
    if (isRange) at += 2;
  }
  return (character) => ranges.some(([from, to]) => from <= character && character <= to) !== isOpposite;
}

/** So many are enough for any pattern that somebody means; the rest of a longer one is plain text. */
const MOST_ALTERNATIVES = 1000;

/** The patterns that one with `{a,b}` stands for, the innermost braces first. */
function alternatives(pattern: string): string[] {
  let done = [pattern];
  for (;;) {
    const next = done.flatMap((text) => {
      const braces = /\{([^{}]*,[^{}]*)\}/.exec(text);
      const [all = '', inside = ''] = braces ?? [];
      if (braces === null) return [text];
      const after = text.slice(braces.index + all.length);
      return inside.split(',').map((choice) => text.slice(0, braces.index) + choice + after);
    });
    if (next.length === done.length || next.length > MOST_ALTERNATIVES) return done;
    done = next;
  }
}
