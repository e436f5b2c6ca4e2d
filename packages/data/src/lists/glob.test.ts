import { matchesGlob } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { globMatcher } from './glob.js';

test.each([
  ['*.png', 'a.png', true],
  ['*.png', 'x/a.png', false],
  ['**/*.png', 'a.png', true],
  ['**/*.png', 'x/y/a.png', true],
  ['**/good/*', 'bolt/train/good/0.png', true],
  ['bolt/**', 'bolt/train/0.png', true],
  ['bolt/**/0.png', 'bolt/0.png', true],
  ['bolt/**/0.png', 'nut/0.png', false],
  ['a?.png', 'ab.png', true],
  ['a?.png', 'a.png', false],
  ['a*b*c', 'aXbYbZc', true],
  ['a*b*c', 'aXbYbZ', false],
  ['[a].png', '[a].png', true],
  ['(a+)+.png', '(a+)+.png', true],
  ['BOLT/*.PNG', 'bolt/a.png', false],
])('%s and %s: %s', (pattern, path, expected) => {
  expect(globMatcher(pattern, false)(path)).toBe(expected);
});

test('capital letters count unless they shall not', () => {
  expect(globMatcher('BOLT/*.PNG', true)('bolt/a.png')).toBe(true);
});

test('a pattern that regular expressions choke on takes no time', () => {
  const began = performance.now();
  const long = 'a'.repeat(4000);
  expect(globMatcher(`${'*a'.repeat(300)}*b`, false)(long)).toBe(false);
  expect(globMatcher(`${'**/'.repeat(300)}b`, false)(`${'a/'.repeat(1000)}a`)).toBe(false);
  expect(performance.now() - began).toBeLessThan(5000);
});

const text = fc.stringMatching(/^[ab*?/]{0,8}$/);
test.runIf(typeof matchesGlob === 'function')('matches what Node.js matches', () => {
  fc.assert(
    fc.property(text, fc.stringMatching(/^[ab]{1,3}(\/[ab]{1,3}){0,3}$/), (pattern, path) => {
      // Patterns that no list has: empty names, and stars next to each other that mean different things elsewhere.
      fc.pre(!/\/\/|^\/|\/$|^$|\*\*[^/]|[^/]\*\*/.test(pattern));
      expect(globMatcher(pattern, false)(path)).toBe(matchesGlob(path, pattern));
    }),
  );
});
