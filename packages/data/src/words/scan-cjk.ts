import { CJK } from './vocabulary.js';

/** What a run of Chinese, Japanese or Korean characters says. */
export interface CjkMeaning {
  readonly good: boolean;
  readonly defect: boolean;
  readonly kind: boolean;
  readonly mask: boolean;
  readonly split: 'train' | 'validation' | 'test' | undefined;
  readonly wrapper: boolean;
}

type Sense = 'good' | 'defect' | 'kind' | 'mask' | 'train' | 'validation' | 'test' | 'wrapper';
const SENSES: readonly Sense[] = ['good', 'defect', 'kind', 'mask', 'train', 'validation', 'test', 'wrapper'];

const BESIDE = [...CJK.filler, ...CJK.wrapper, ...CJK.before].sort((a, b) => b.length - a.length);
/** The run without words that add nothing, and without negations. */
const bare = (run: string): string => BESIDE.reduce((text, word) => text.replaceAll(word, ''), run);

/** Words of one character only count when nothing else is in the run: they are parts of many other words. */
const isWhole = (word: string, run: string) => word.length > 1 || word === bare(run);

/** Finds the words in a run, the longest first; `無` before a word or `なし` after it turns a label round. */
export function scanCjk(
  run: string,
  extra: { good: readonly string[]; defect: readonly string[] },
): CjkMeaning {
  const table = SENSES.flatMap((sense) =>
    [...(sense === 'good' || sense === 'defect' ? extra[sense] : []), ...CJK[sense]].map((word) => ({
      word,
      sense,
    })),
  )
    .filter(({ word }) => isWhole(word, run))
    .sort((a, b) => b.word.length - a.word.length);
  const found = new Set<Sense>();
  for (let at = 0; at < run.length; ) {
    const hit = table.find(({ word }) => run.startsWith(word, at));
    if (hit === undefined) {
      at += 1;
      continue;
    }
    const [before, after] = [run.slice(0, at), run.slice(at + hit.word.length)];
    const turned =
      CJK.before.some((negation) => before.endsWith(negation)) ||
      CJK.after.some((negation) => after.startsWith(negation));
    found.add(turned ? turnedRound(hit.sense) : hit.sense);
    at += hit.word.length;
  }
  const split = (['train', 'validation', 'test'] as const).find((name) => found.has(name));
  const has = (sense: Sense) => found.has(sense);
  return {
    good: has('good'),
    defect: has('defect'),
    kind: has('kind'),
    mask: has('mask'),
    split,
    wrapper: has('wrapper'),
  };
}

function turnedRound(sense: Sense): Sense {
  if (sense === 'good') return 'defect';
  return sense === 'defect' || sense === 'kind' ? 'good' : sense;
}
