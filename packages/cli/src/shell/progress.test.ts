import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { terminalProgress } from './progress.js';

const { isTTY } = process.stderr;
const lines: string[] = [];

beforeEach(() => {
  lines.length = 0;
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  process.stderr.isTTY = isTTY;
});

const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

test('at a terminal a bar that was started twice keeps the process alive until it is stopped, and no longer', () => {
  process.stderr.isTTY = true;
  const before = timers();
  const progress = terminalProgress();
  progress.start('training', 1, 'steps');
  progress.start('training', 24, 'steps');
  progress.update(3, 'loss 0.5');
  expect(timers()).toBeGreaterThan(before);
  progress.stop();
  expect(timers()).toBe(before);
  progress.stop(); // as after an error: nothing runs
  expect(timers()).toBe(before);
});

test('without a terminal a stage is one line, however often it is stopped', () => {
  process.stderr.isTTY = false;
  const progress = terminalProgress();
  progress.stop();
  progress.start('features', 9, 'images');
  progress.update(7);
  progress.stop();
  progress.stop();
  expect(lines).toEqual(['features: 7 images in 0 s\n']);
});

test('a message during a bar gets a line of its own, and the bar continues below it', () => {
  process.stderr.isTTY = true;
  const progress = terminalProgress();
  progress.start('training', 24, 'steps');
  progress.update(7, 'loss 0.5');
  progress.say('left out: broken.png');
  const text = lines.join('');
  const at = text.indexOf('left out: broken.png\n');
  // The bar's line was cleared right before; the new bar starts with what is done.
  expect(text.slice(0, at).endsWith('\u001b[0K') || text.slice(0, at).endsWith('\u001b[2K')).toBe(true);
  expect(text.slice(at)).toMatch(/training .* 7\/24 steps .* left · loss 0\.5/);
  progress.stop();
  expect(lines.at(-1)).toBe('training: 7 steps in 0 s\n');
});
