/**
 * Makes a test of paths with `/` by a pattern: `*` is any text within a name, `?` one character, `**` as a whole name any number of
 * folders. The time to test grows with the length of pattern times path, whatever they are: nothing is tried again, as a regular
 * expression would.
 *
 * @param nocase - Capital letters and small ones are the same.
 */
export function globMatcher(pattern: string, nocase: boolean): (path: string) => boolean {
  const fold = (text: string) => (nocase ? text.toLowerCase() : text);
  const parts = fold(pattern).split('/');
  return (path) => {
    const names = fold(path).split('/');
    // Numbers of names that the parts so far can match.
    let reached = [true, ...names.map(() => false)];
    for (const part of parts) {
      const first = reached.indexOf(true);
      if (first === -1) return false;
      const before = reached;
      reached =
        part === '**'
          ? before.map((_, i) => i >= first)
          : before.map((_, i) => before[i - 1] === true && matchesName(part, names[i - 1] ?? ''));
    }
    return reached.at(-1) === true;
  };
}

/** Only the last star can have to take more: what an earlier one took is as good as anything else. */
function matchesName(part: string, name: string): boolean {
  let [p, n, star, taken] = [0, 0, -1, 0];
  while (n < name.length) {
    if (part[p] === '*') [star, taken, p] = [p, n, p + 1];
    else if (p < part.length && (part[p] === '?' || part[p] === name[n])) [p, n] = [p + 1, n + 1];
    else if (star >= 0) [p, taken, n] = [star + 1, taken + 1, taken + 1];
    else return false;
  }
  while (part[p] === '*') p += 1;
  return p === part.length;
}
