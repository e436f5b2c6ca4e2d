import {
  compound,
  isMaskCompound,
  type Label,
  opposite,
  SETS,
  SPLIT_OF,
  type Split,
  splitOf,
  turned,
} from './compounds.js';
import { isDate } from './dates.js';
import { type CjkMeaning, scanCjk } from './scan-cjk.js';
import { type Token, tokensOf } from './tokens.js';
import { ALONE, CJK, DEFECT, GOOD, NEGATIONS, NEGATIONS_AFTER } from './vocabulary.js';

/** Words of your own for folders and labels, beside the built-in ones; they win where both say something. */
export interface WordOptions {
  /** Names of good images: `['prima']`. */
  readonly goodWords?: readonly string[] | undefined;
  /** Names of images with defects: `['kaka']`. */
  readonly defectWords?: readonly string[] | undefined;
}

/** What a name says, word by word. */
export interface NameMeaning {
  readonly label: Label | undefined;
  /** Good and anomalous both. */
  readonly contradicts: boolean;
  readonly split: Split | undefined;
  readonly mask: boolean;
  /** Only holds other folders. */
  readonly wrapper: boolean;
  /** Names a kind of defect such as a scratch. */
  readonly kind: boolean;
  /** Says that nobody has judged the images, or that they are results. */
  readonly unjudged: boolean;
  /** Names a kind of defect and something else: `MT_Crack`. */
  readonly partlyKind: boolean;
  /** Words that say none of this, joined; empty when the name is nothing but known words and numbers. */
  readonly rest: string;
  /** Nothing but a number, a date, or a counted place such as `cam1`. */
  readonly neutral: boolean;
  /** Nothing but a day, a week or a month. */
  readonly date: boolean;
}

/** Reads names; each name once. */
export type NameReader = (name: string) => NameMeaning;

const PLACES = new Set(
  'cam camera kamera camara date day batch lot charge shift line linie station view run session seq sequence part page tray serie series v'.split(
    ' ',
  ),
);
const MAX_PHRASE = 3;
const MAX_KNOWN = 100_000;

/** A reader of names with the built-in words and your own. */
export function nameReader({ goodWords = [], defectWords = [] }: WordOptions = {}): NameReader {
  const own = { good: goodWords.map(joined), defect: defectWords.map(joined) };
  const labels = new Map<string, Label>();
  for (const word of GOOD) labels.set(word, 'normal');
  for (const word of DEFECT) labels.set(word, 'anomalous');
  for (const word of own.good) labels.set(word, 'normal');
  for (const word of own.defect) labels.set(word, 'anomalous');
  const alone = new Set([...ALONE].filter((word) => !own.good.includes(word) && !own.defect.includes(word)));
  const known = new Map<string, NameMeaning>();
  return (name) => {
    let meaning = known.get(name);
    if (meaning === undefined) {
      if (known.size >= MAX_KNOWN) known.clear();
      meaning = meaningOf(tokensOf(name), { labels, alone, own });
      known.set(name, meaning);
    }
    return meaning;
  };
}

const joined = (word: string): string =>
  tokensOf(word)
    .map(({ text }) => text)
    .join('');

interface Vocabulary {
  readonly labels: ReadonlyMap<string, Label>;
  readonly alone: ReadonlySet<string>;
  readonly own: { readonly good: readonly string[]; readonly defect: readonly string[] };
}

const CJK_FILLERS: ReadonlySet<string> = new Set(CJK.filler);
interface Found {
  readonly labels: Set<Label>;
  readonly splits: Split[];
  readonly masks: ('strong' | 'weak')[];
  /** Place of the last label and the last mask word. */
  lastLabel: number;
  lastMask: number;
  wrapper: boolean;
  filler: boolean;
  readonly rest: string[];
  /** Those of `rest` that are kinds of defects. */
  readonly kinds: Set<string>;
}

function meaningOf(tokens: readonly Token[], vocabulary: Vocabulary): NameMeaning {
  const found: Found = {
    labels: new Set(),
    splits: [],
    masks: [],
    lastLabel: -1,
    lastMask: -1,
    wrapper: false,
    filler: false,
    rest: [],
    kinds: new Set(),
  };
  let negated = false;
  for (let at = 0; at < tokens.length; ) {
    const token = tokens[at];
    if (token === undefined || token.kind === 'number') at += 1;
    else if (token.kind === 'cjk') {
      addCjk(found, scanCjk(token.text, vocabulary.own), at, token.text);
      at += 1;
    } else if (NEGATIONS.has(token.text) && labelAt(tokens, at, vocabulary) === undefined) {
      negated = true;
      at += 1;
    } else {
      const length = addWord(found, tokens, at, vocabulary, negated);
      if (!(SETS.filler.has(token.text) && negated)) negated = false;
      at += length;
    }
  }
  return settled(found, tokens);
}

/** The label word that starts here, with its number of tokens; the longest of several. */
function labelAt(tokens: readonly Token[], at: number, { labels, alone }: Vocabulary) {
  for (let length = Math.min(MAX_PHRASE, tokens.length - at); length > 0; length--) {
    const phrase = tokens.slice(at, at + length);
    if (length > 1 && phrase.some(({ kind }) => kind !== 'word')) continue;
    const text = phrase.map((token) => token.text).join('');
    const label = labels.get(text) ?? compound(text, labels) ?? turned(text, labels);
    if (label === undefined || (alone.has(text) && !isAlone(tokens, at, length))) continue;
    return { label, length };
  }
  return undefined;
}

const isAlone = (tokens: readonly Token[], at: number, length: number): boolean =>
  tokens.every(
    ({ text, kind }, i) =>
      (i >= at && i < at + length) ||
      kind === 'number' ||
      NEGATIONS.has(text) ||
      SETS.filler.has(text) ||
      SETS.wrapper.has(text) ||
      SPLIT_OF.has(text),
  );

/** Adds what the word here says; returns its number of tokens. */
function addWord(
  found: Found,
  tokens: readonly Token[],
  at: number,
  vocabulary: Vocabulary,
  negated: boolean,
): number {
  const text = tokens[at]?.text ?? '';
  if (isMaskCompound(text, vocabulary.labels)) return addMask(found, 'strong', at, 1);
  const pair = text + (tokens[at + 1]?.text ?? '');
  if (SETS.mask.has(pair) && tokens[at + 1]?.kind === 'word') return addMask(found, 'strong', at, 2);
  const label = labelAt(tokens, at, vocabulary);
  if (label !== undefined) {
    const next = tokens[at + label.length];
    const beyond = tokens[at + label.length + 1]?.text ?? '';
    const free = next !== undefined && NEGATIONS_AFTER.has(next.text);
    found.labels.add(negated === free ? label.label : opposite(label.label));
    found.lastLabel = at;
    // `free of defects` starts with its negation.
    return label.length + (free && !vocabulary.labels.has(beyond) ? 1 : 0);
  }
  if (SETS.mask.has(text)) return addMask(found, 'strong', at, 1);
  if (SETS.weakMask.has(text)) return addMask(found, 'weak', at, 1);
  const split = splitOf(text);
  if (split !== undefined) found.splits.push(split);
  else if (SETS.wrapper.has(text)) found.wrapper = true;
  else if (SETS.filler.has(text)) found.filler = true;
  else if (text === 'free' && labelAfterOf(tokens, at, vocabulary)) found.labels.add('normal');
  else {
    if (SETS.kind.has(text)) {
      if (negated) found.labels.add('normal');
      else found.kinds.add(text);
    }
    found.rest.push(text);
  }
  return 1;
}

const labelAfterOf = (tokens: readonly Token[], at: number, vocabulary: Vocabulary): boolean =>
  ['of', 'from'].includes(tokens[at + 1]?.text ?? '') &&
  labelAt(tokens, at + 2, vocabulary)?.label === 'anomalous';

function addMask(found: Found, strength: 'strong' | 'weak', at: number, length: number): number {
  found.masks.push(strength);
  found.lastMask = at;
  return length;
}

function addCjk(found: Found, meaning: CjkMeaning, at: number, text: string): void {
  if (meaning.good) found.labels.add('normal');
  if (meaning.defect) found.labels.add('anomalous');
  if (meaning.good || meaning.defect) found.lastLabel = at;
  if (meaning.mask) addMask(found, 'strong', at, 1);
  if (meaning.split !== undefined) found.splits.push(meaning.split);
  if (meaning.kind) found.kinds.add(text);
  found.wrapper ||= meaning.wrapper;
  if (
    !(
      meaning.good ||
      meaning.defect ||
      meaning.mask ||
      meaning.split ||
      meaning.wrapper ||
      CJK_FILLERS.has(text)
    )
  )
    found.rest.push(text);
}

function settled(found: Found, tokens: readonly Token[]): NameMeaning {
  const labels =
    tokens.some(({ text }) => text === 'free') && found.labels.has('normal')
      ? new Set<Label>(['normal'])
      : found.labels;
  const rest = found.rest.join(' ');
  // `defect_masks` are masks, `label_ok` is a good label.
  const plural =
    found.masks.includes('strong') &&
    (labels.size === 0 || found.lastMask > found.lastLabel || isPlural(tokens));
  const mask =
    plural ||
    (found.masks.length > 0 && labels.size === 0 && rest === '') ||
    (found.masks.includes('weak') && labels.size === 0 && found.lastMask === tokens.length - 1);
  const label = mask || labels.size !== 1 ? undefined : [...labels][0];
  const split = rest === '' || label !== undefined ? found.splits[0] : undefined;
  const nothingElse = label === undefined && labels.size === 0 && split === undefined && !mask && rest === '';
  const numbers = tokens.some(({ kind }) => kind === 'number');
  const words = tokens.filter(({ kind }) => kind === 'word').map(({ text }) => text);
  const date = isDate(tokens);
  return {
    label,
    contradicts: labels.size > 1 && !mask,
    split: mask ? undefined : split,
    mask,
    wrapper: nothingElse && found.wrapper && !numbers,
    kind: found.rest.length > 0 && found.rest.every((word) => found.kinds.has(word)),
    unjudged:
      label === undefined &&
      !mask &&
      found.rest.length > 0 &&
      found.rest.every((word) => SETS.unjudged.has(word)),
    partlyKind: label === undefined && !mask && found.kinds.size > 0 && found.kinds.size < found.rest.length,
    rest,
    neutral:
      date ||
      (numbers && tokens.every(({ kind }) => kind !== 'cjk') && words.every((word) => PLACES.has(word))),
    date,
  };
}

const isPlural = (tokens: readonly Token[]): boolean =>
  tokens.some(
    ({ text }, i) =>
      text === 'gt' ||
      text === 'groundtruth' ||
      (text + (tokens[i + 1]?.text ?? '')).startsWith('groundtruth') ||
      /^(masks|masken|masques|mascaras|maschere)$/.test(text),
  );
