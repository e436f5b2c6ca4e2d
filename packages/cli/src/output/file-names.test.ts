import { expect, test } from 'vitest';
import { distinctPaths, safeName, shortName } from './file-names.js';

test('any name becomes one that every file system takes', () => {
  expect(safeName('bottle/test/hole/003')).toBe('bottle_test_hole_003');
  expect(safeName('a\nb\u2028c\u0007.png')).toBe('a_b_c_.png');
  expect(safeName('..hidden')).toBe('_hidden');
  for (const letter of ['x', 'é', '良', '😀']) {
    const [one, two] = [`${letter.repeat(200)}1.png`, `${letter.repeat(200)}2.png`].map(safeName);
    expect(Buffer.byteLength(one ?? '')).toBeLessThanOrEqual(200);
    expect(one).toMatch(/~[0-9a-f]{8}\.png$/);
    expect(one).not.toBe(two);
    expect(one).not.toContain('\ufffd');
  }
  expect(shortName('plain.png')).toBe('plain.png');
});

test('names that would become one file are told apart, in any case of letters', () => {
  const distinct = distinctPaths();
  expect(['a_b.png', 'a_b.png', 'A_B.png', 'a_b~2.png', 'c'].map(distinct)).toEqual([
    'a_b.png',
    'a_b~2.png',
    'A_B~3.png',
    'a_b~2~2.png',
    'c',
  ]);
});
