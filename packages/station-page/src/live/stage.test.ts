import { expect, test } from 'vitest';
import type { LiveDecision } from '../contract.js';
import { EMPTY, type Event, justChanged, newerThan, nextStage, STRIP, type Stage } from './stage.js';

const decision = (number: number): LiveDecision => ({
  number,
  id: 100 + number,
  time: number,
  station: 'line-3',
  source: `${number}.png`,
  imageHash: '',
  decision: 'ok',
  milliseconds: 1,
});
const came = (now: number, ...numbers: number[]): Event => ({
  is: 'came',
  now,
  answer: { decisions: numbers.map(decision), last: numbers[0] ?? 0 },
});
const after = (...events: Event[]): Stage => events.reduce(nextStage, EMPTY);
const judged = { verdict: 'good', person: 'Kim', time: 1 } as const;

test('shows the newest, until an image is chosen; then it stays, and says how many are newer', () => {
  const following = after(came(1, 2, 1), came(2, 3));
  expect(following.shown?.number).toBe(3);
  const chosen = nextStage(following, { is: 'chosen', number: 2, now: 3 });
  const later = nextStage(chosen, came(4, 5, 4));
  expect([later.shown?.number, later.held, newerThan(later)]).toEqual([2, true, 3]);
  expect(later.newest.map(({ number }) => number)).toEqual([5, 4, 3, 2, 1]);
  expect(nextStage(later, { is: 'followed', now: 5 }).shown?.number).toBe(5);
});

test('a held image stays although it has left the strip', () => {
  const held = after(came(1, 1), { is: 'held' }, ...Array.from({ length: 40 }, (_, i) => came(2, i + 2)));
  expect(held.shown?.number).toBe(1);
  expect(held.newest).toHaveLength(STRIP);
});

test('keys move to older and newer images, and stop at the ends', () => {
  const move = (by: 1 | -1): Event => ({ is: 'moved', by, now: 9 });
  let stage = after(came(1, 3, 2, 1));
  const numbers = ([1, 1, 1, -1, -1, -1] as const).map((by) => {
    stage = nextStage(stage, move(by));
    return stage.shown?.number;
  });
  expect(numbers).toEqual([2, 1, 1, 2, 3, 3]);
});

test('a verdict just after a change is not taken for the new image', () => {
  const stage = after(came(1000, 1), came(5000, 2));
  expect(justChanged(stage, 5400)).toBe(true);
  expect(justChanged(stage, 5700)).toBe(false);
  expect(justChanged(nextStage(stage, { is: 'held' }), 5400)).toBe(false);
});

test('a verdict stands at its image, in the strip and in large', () => {
  const stage = after(came(1, 2, 1), { is: 'judged', number: 2, verdict: judged });
  expect(stage.shown?.verdict).toEqual(judged);
  expect(stage.newest.map(({ verdict }) => verdict?.verdict)).toEqual(['good', undefined]);
});

test('decisions of a server that has started again replace those before', () => {
  const stage = after(came(1, 9, 8, 7), came(2, 2, 1));
  expect(stage.newest.map(({ number }) => number)).toEqual([2, 1]);
});
