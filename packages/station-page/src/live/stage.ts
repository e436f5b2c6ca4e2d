import type { JudgedAs, LiveAnswer, LiveDecision } from '../contract.js';

/** Decisions that the page shows beside the large one. */
export const STRIP = 12;

/** Milliseconds after a change in which a verdict could be meant for the image before. */
const JUST_NOW = 700;

/** What the live page shows. */
export interface Stage {
  /** The newest first. */
  readonly newest: readonly LiveDecision[];
  readonly shown?: LiveDecision | undefined;
  /** Whether the shown one stays when others come. */
  readonly held: boolean;
  /** When the shown one appeared, in milliseconds of the page's clock. */
  readonly since: number;
}

/** What happens to a {@link Stage}. */
export type Event =
  | { readonly is: 'came'; readonly answer: LiveAnswer; readonly now: number }
  | { readonly is: 'chosen'; readonly number: number; readonly now: number }
  | { readonly is: 'moved'; readonly by: 1 | -1; readonly now: number }
  | { readonly is: 'held' }
  | { readonly is: 'followed'; readonly now: number }
  | { readonly is: 'judged'; readonly number: number; readonly verdict: JudgedAs };

export const EMPTY: Stage = { newest: [], held: false, since: 0 };

export function nextStage(stage: Stage, event: Event): Stage {
  switch (event.is) {
    case 'came': {
      if (event.answer.decisions.length === 0) return stage;
      const newest = merged(event.answer, stage.newest);
      return stage.held ? { ...stage, newest } : show({ ...stage, newest }, newest[0], event.now);
    }
    case 'chosen': {
      const chosen = stage.newest.find(({ number }) => number === event.number);
      return show({ ...stage, held: true }, chosen ?? stage.shown, event.now);
    }
    case 'moved': {
      const at = stage.newest.findIndex(({ number }) => number === stage.shown?.number);
      const to = stage.newest[Math.min(stage.newest.length - 1, Math.max(0, at + event.by))];
      return show({ ...stage, held: true }, to ?? stage.shown, event.now);
    }
    case 'held':
      return { ...stage, held: true };
    case 'followed':
      return show({ ...stage, held: false }, stage.newest[0], event.now);
    case 'judged': {
      const judge = (one: LiveDecision) =>
        one.number === event.number ? { ...one, verdict: event.verdict } : one;
      return { ...stage, newest: stage.newest.map(judge), shown: stage.shown && judge(stage.shown) };
    }
  }
}

/** New decisions before those that are known. A server that has started again counts from 1, and its decisions alone are shown. */
function merged({ decisions, last }: LiveAnswer, known: readonly LiveDecision[]): LiveDecision[] {
  const old = known.filter(({ number }) => number <= last - decisions.length);
  return [...decisions, ...old].slice(0, STRIP);
}

const show = (stage: Stage, shown: LiveDecision | undefined, now: number): Stage =>
  shown?.number === stage.shown?.number ? { ...stage, shown } : { ...stage, shown, since: now };

/** Whether a verdict could be meant for the image that was here a moment ago. */
export const justChanged = ({ held, since }: Stage, now: number): boolean => !held && now - since < JUST_NOW;

/** How many decisions have come since the shown one. */
export const newerThan = ({ newest, shown }: Stage): number =>
  newest.filter(({ number }) => number > (shown?.number ?? 0)).length;
