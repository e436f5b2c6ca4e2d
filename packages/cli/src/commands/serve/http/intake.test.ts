import { expect, test } from 'vitest';
import { Intake } from './intake.js';

const refused = expect.objectContaining({ status: 429, code: 'UNAVAILABLE' });

test('images and bytes have limits of their own; both are counted until an image leaves', () => {
  const intake = new Intake({ images: 3, bytes: 100 });
  const a = intake.enter(60);
  expect(() => intake.enter(41)).toThrow(refused);
  a.resize(20);
  const [b, c] = [intake.enter(41), intake.enter(0)];
  expect([intake.images, intake.bytes]).toEqual([3, 61]);
  expect(() => intake.enter(0)).toThrow(refused);
  expect(() => b.resize(81)).toThrow(refused);
  b.resize(80);
  expect(intake.bytes).toBe(100);
  for (const place of [a, b, c]) place.leave();
  expect([intake.images, intake.bytes]).toEqual([0, 0]);
});

test('who is refused learns how long what is under way takes', () => {
  const intake = new Intake({ images: 4, bytes: 100 });
  for (let i = 0; i < 4; i++) intake.enter(1);
  intake.measured(2, 3);
  expect(() => intake.enter(1)).toThrow(expect.objectContaining({ retryAfter: 6 }));
});
