import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** Every file that the package's code reaches, and what else it imports. */
function reach(file: URL, files = new Set<string>(), others = new Set<string>()) {
  if (files.has(file.href)) return { files, others };
  files.add(file.href);
  // Docstrings hold examples that import the package.
  const code = readFileSync(file, 'utf8').replaceAll(/\/\*\*[\s\S]*?\*\//g, '');
  for (const [, name = ''] of code.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)) {
    if (name.startsWith('.')) reach(new URL(name.replace(/\.js$/, '.ts'), file), files, others);
    else if (name === '@mint/internal')
      reach(new URL('../node_modules/@mint/internal/src/index.ts', import.meta.url), files, others);
    else others.add(name);
  }
  return { files, others };
}

test('the code reaches no Node module and no dependency, so it runs in a browser', () => {
  const { files, others } = reach(new URL('./index.ts', import.meta.url));
  expect(files.size).toBeGreaterThan(20);
  expect([...others]).toEqual([]);
});
