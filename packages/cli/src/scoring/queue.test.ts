import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createQueue, takeAll } from './queue.js';

test('gives waiting items in order, up to the limit; waits when there are none', async () => {
  const queue = createQueue<number>();
  queue.push(1, 2, 3);
  expect(await queue.take(2)).toEqual([1, 2]);
  expect(queue.size()).toBe(1);
  expect(await queue.take(2)).toEqual([3]);
  const next = queue.take(2);
  await sleep(5);
  queue.push(4);
  queue.push(5);
  expect(await next).toEqual([4, 5]);
});

test('while its taker is busy, gives a full batch at once and fewer when the work is done', async () => {
  const queue = createQueue<number>();
  let done = () => {};
  const busy = () =>
    new Promise<void>((resolve) => {
      done = resolve;
    });
  queue.push(1);
  let taken: number[] | undefined;
  const first = queue.take(3, busy()).then((items) => {
    taken = items;
  });
  await sleep(5);
  queue.push(2);
  await sleep(5);
  expect(taken).toBeUndefined();
  done();
  await first;
  expect(taken).toEqual([1, 2]);
  queue.push(3, 4, 5, 6);
  expect(await queue.take(3, busy())).toEqual([3, 4, 5]);
});

test('ends when it is empty; an error is thrown after the last item', async () => {
  const queue = createQueue<number>();
  queue.push(1);
  queue.end(new Error('gone'));
  expect(await queue.take(2)).toEqual([1]);
  await expect(queue.take(2)).rejects.toThrow('gone');
  const other = createQueue<number>();
  const waiting = other.take(1);
  other.end();
  expect(await waiting).toBeUndefined();
});

test.each([
  [true, ['take 0', 'take 1', 'use 0', 'take 2', 'use 1']],
  [false, ['take 0', 'use 0', 'take 1', 'use 1', 'take 2']],
])('takeAll ahead: %s', async (ahead, expected) => {
  const log: string[] = [];
  let at = 0;
  const take = async () => {
    log.push(`take ${at}`);
    return at < 2 ? at++ : undefined;
  };
  for await (const item of takeAll(take, ahead)) log.push(`use ${item}`);
  expect(log).toEqual(expected);
});

test('takeAll throws an early failure when its turn comes', async () => {
  let at = 0;
  const take = async () => {
    if (at === 1) throw new Error('broken');
    return at++;
  };
  const used: number[] = [];
  await expect(async () => {
    for await (const item of takeAll(take, true)) {
      await sleep(5);
      used.push(item);
    }
  }).rejects.toThrow('broken');
  expect(used).toEqual([0]);
});
