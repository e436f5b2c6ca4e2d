/** A run of letters of one script, of digits, or of Chinese, Japanese or Korean characters. */
export interface Token {
  readonly text: string;
  readonly kind: 'word' | 'number' | 'cjk';
}

const RUNS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー]+|\p{N}+|\p{L}+/gu;
const CJK_RUN = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;
const OTHER_LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  ł: 'l',
  ø: 'o',
  æ: 'ae',
  œ: 'oe',
  ı: 'i',
  đ: 'd',
};

/** Lower case without accents: `Kötü` and `KOTU` are the same word. */
const plain = (text: string): string =>
  text
    .normalize('NFKD')
    .replaceAll(/\p{Mn}/gu, '')
    .toLowerCase()
    .replaceAll(/[ßłøæœıđ]/g, (letter) => OTHER_LETTERS[letter] ?? letter);

/** The words of a name: `NGParts_02` is `ng`, `parts`, `02`. Runs of Chinese, Japanese and Korean are one token, spaces left out. */
export function tokensOf(name: string): readonly Token[] {
  const spaced = name
    .normalize('NFKC')
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .replaceAll(/(\p{Lu}{2,})(\p{Lu}\p{Ll})/gu, '$1 $2');
  const tokens: Token[] = [];
  // A Latin letter may follow directly: `OK品`.
  for (const [run] of spaced
    .replaceAll(/(\p{Script=Latin})(?=[^\p{Script=Latin}\p{M}])/gu, '$1 ')
    .matchAll(RUNS)) {
    if (!CJK_RUN.test(run)) tokens.push({ text: plain(run), kind: /^\p{N}/u.test(run) ? 'number' : 'word' });
    else {
      const last = tokens.at(-1);
      if (last?.kind === 'cjk') tokens[tokens.length - 1] = { text: last.text + run, kind: 'cjk' };
      else tokens.push({ text: run, kind: 'cjk' });
    }
  }
  return tokens;
}
