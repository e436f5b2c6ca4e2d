import { expect, test } from 'vitest';
import { speaker, textIn } from './language.js';
import { TEXTS, type TextKey } from './texts.js';

const placeholders = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).sort();

test('every text has both languages, with the same placeholders', () => {
  for (const [key, [english, german]] of Object.entries(TEXTS)) {
    expect(english, key).not.toBe('');
    expect(placeholders(german), key).toEqual(placeholders(english));
  }
});

test('values are filled in, and numbers are written as the language writes them', () => {
  expect(textIn('de', 'wouldHave_other', { count: 1234 })).toBe(
    'Dieser Grenzwert hätte 1.234 Alarme ausgelöst.',
  );
  expect(textIn('en', 'judged', { person: '{verdict}', verdict: 'Good' })).toBe('{verdict}: Good');
  expect(speaker('en').counted('wouldHave', 1)).toBe('This limit would have raised 1 alarm.');
  expect(speaker('de').score(18.32651)).toBe('18,33');
  expect(speaker('en').score(undefined)).toBe('–');
});

test('every text is used', async () => {
  const { readdir, readFile } = await import('node:fs/promises');
  const files = (await readdir(import.meta.dirname, { recursive: true })).filter(
    (file) => /\.tsx?$/.test(file) && !/texts|test|contract/.test(file),
  );
  const source = (
    await Promise.all(files.map((file) => readFile(`${import.meta.dirname}/${file}`, 'utf8')))
  ).join('\n');
  const named = (key: string) =>
    ['"', "'"].some((mark) => source.includes(mark + key.replace(/_(one|other)$/, '') + mark));
  // What comes from the server is said by its own word.
  const words: readonly TextKey[] = [
    'ok',
    'review',
    'alarm',
    'unknown class',
    'none',
    'unreadable',
    'operator',
    'engineer',
    'oodScore',
    'brightness',
    'score',
    'good',
    'defective',
    'not sure',
    'live',
    'record',
    'limits',
    'state',
    'active',
    'shadow',
    'ready to load',
  ];
  expect(Object.keys(TEXTS).filter((key) => !named(key) && !words.some((word) => word === key))).toEqual([]);
});
