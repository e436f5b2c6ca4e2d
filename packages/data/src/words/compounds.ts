import {
  ALONE,
  FILLERS,
  KINDS,
  MASKS,
  NEGATIVE_BEGINNINGS,
  NEGATIVE_ENDINGS,
  SPLITS,
  UNJUDGED,
  WEAK_MASKS,
  WRAPPERS,
} from './vocabulary.js';

export type Label = 'normal' | 'anomalous';
export type Split = keyof typeof SPLITS;

export const SETS = {
  kind: new Set(KINDS),
  mask: new Set(MASKS),
  weakMask: new Set(WEAK_MASKS),
  wrapper: new Set(WRAPPERS),
  filler: new Set(FILLERS),
  unjudged: new Set(UNJUDGED),
};

export const SPLIT_OF: ReadonlyMap<string, Split> = new Map(
  (['train', 'validation', 'test'] as const).flatMap((split) =>
    SPLITS[split].map((word) => [word, split] as const),
  ),
);

/** `fehlermasken`, `defectmask`, `maskimages`: a label or a word for images, and one for masks, written together. */
export const isMaskCompound = (text: string, labels: ReadonlyMap<string, Label>): boolean =>
  cuts(text).some(
    ([head, tail]) =>
      (SETS.mask.has(tail) && (labels.has(head) || SETS.wrapper.has(head))) ||
      (SETS.mask.has(head) && SETS.wrapper.has(tail)),
  );

/** `trainimages`, `testdaten`: a split and what it holds written together. */
export const splitOf = (text: string): Split | undefined =>
  SPLIT_OF.get(text) ??
  cuts(text).flatMap(([head, tail]) => (SETS.wrapper.has(tail) ? (SPLIT_OF.get(head) ?? []) : []))[0];

const cuts = (text: string): (readonly [head: string, tail: string])[] =>
  Array.from({ length: Math.max(0, text.length - 4) }, (_, i) => [text.slice(0, i + 2), text.slice(i + 2)]);

/** `gutteile`, `goodimages`: a label and a filler written together. */
export function compound(text: string, labels: ReadonlyMap<string, Label>): Label | undefined {
  for (let cut = text.length - 3; cut >= 2; cut--) {
    const [head, tail] = [text.slice(0, cut), text.slice(cut)];
    const label = labels.get(head);
    if (label !== undefined && (SETS.wrapper.has(tail) || (SETS.filler.has(tail) && tail.length > 3)))
      return label;
  }
  return undefined;
}

export const opposite = (label: Label): Label => (label === 'normal' ? 'anomalous' : 'normal');

/** Shorter words are the beginnings and ends of too many others. */
const SHORTEST_TURNED = 4;

const STEELS = new Set(['stainless', 'rustfree', 'rostfrei', 'rostfreie', 'rostfreier', 'rostfreies']);

/** `undamaged`, `niewadliwe`, `defectless`, `scratchfree`: a label or a kind of defect, and a negation written together. */
export function turned(text: string, labels: ReadonlyMap<string, Label>): Label | undefined {
  const heads = [
    ...NEGATIVE_BEGINNINGS.filter((negation) => text.startsWith(negation)).map((negation) =>
      text.slice(negation.length),
    ),
    ...NEGATIVE_ENDINGS.filter((negation) => text.endsWith(negation)).map((negation) =>
      text.slice(0, -negation.length),
    ),
  ];
  for (const head of heads) {
    if (head.length < SHORTEST_TURNED || ALONE.has(head)) continue;
    const isKind = SETS.kind.has(head) && !STEELS.has(text);
    const label = labels.get(head) ?? (isKind ? 'anomalous' : undefined);
    if (label !== undefined) return opposite(label);
  }
  return undefined;
}
