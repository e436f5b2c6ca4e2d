import { access } from 'node:fs/promises';
import { type ImageSets, setOf } from '@mint/detector';
import { type History, openHistory, type StoredDecision } from '@mint/history';
import { MintError } from '@mint/internal';

/** A recorded image that people judged good. */
export interface JudgedGood extends StoredDecision {
  readonly className: string;
}

/** Why recorded images that were judged good are not used, and how many. */
export type LeftOut = Map<string, number>;

export const leaveOut = (left: LeftOut, why: string): void => void left.set(why, (left.get(why) ?? 0) + 1);

/** One line about images that are not used; undefined when all are. */
export function sayLeftOut(left: LeftOut): string | undefined {
  if (left.size === 0) return undefined;
  const reasons = [...left].map(([why, count]) => `${count} ${why}`);
  return `of the images judged good, these are not used: ${reasons.join(', ')}`;
}

const SEEN: Readonly<Record<keyof ImageSets, string>> = {
  fit: 'that the model was trained on',
  heldOut: 'that its limits rest on already',
  test: 'of its test set',
};

/** Opens a history that must exist: a mistyped name must not look like an empty record. */
export async function withHistory<T>(place: string, work: (history: History) => Promise<T>): Promise<T> {
  if (!/^postgres(ql)?:\/\//.test(place))
    await access(place).catch((cause: unknown) => {
      const message = `${place}: there is no such history. mint serve and mint predict make one with --history.`;
      throw new MintError('NOT_FOUND', message, { cause });
    });
  const history = await openHistory(place);
  try {
    return await work(history);
  } finally {
    await history.close();
  }
}

/**
 * Images whose last verdict is good, the newest first: each file once, of classes of the model, and none that the model knows.
 *
 * @param left - Gets what is left out.
 */
export async function* judgedGood(
  history: Pick<History, 'all'>,
  classes: readonly string[],
  seen: ImageSets,
  left: LeftOut,
): AsyncGenerator<JudgedGood> {
  const taken = new Set<string>();
  for await (const decision of history.all({ verdict: 'good' })) {
    const { imageHash, className } = decision;
    const set = setOf(seen, imageHash);
    if (imageHash === '') leaveOut(left, 'that could not be read');
    else if (taken.has(imageHash)) leaveOut(left, 'that were judged twice');
    else if (set !== undefined) leaveOut(left, SEEN[set]);
    else if (className === undefined || !classes.includes(className))
      leaveOut(left, 'of no class of the model');
    else yield { ...decision, className };
    taken.add(imageHash);
  }
}
