// Writes the type declarations of every published package to its `dist` folder, with one TypeScript program for all of them: a program
// per package would read the types of TensorFlow.js ten times. A package that uses the private `@mint/internal` gets a copy of the
// declarations that it needs, in `dist/internal`. `npm run build` runs this; `npm run typecheck` reports type errors.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { root } from './packed.mjs';

const packages = join(root, 'packages');
const internal = join(packages, 'internal/src');
const manifestOf = (name) => JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8'));

/** The source files that the exports of a package name. */
const entriesOf = (name) =>
  Object.values(manifestOf(name).exports)
    .map((target) => target['@mint/source'] ?? target)
    .filter((source) => source.endsWith('.ts'))
    .map((source) => join(packages, name, source));

/** The declarations of these files and of all that they import, by path without `.ts`. */
function declare(files) {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile);
  const settings = { noEmit: false, declaration: true, emitDeclarationOnly: true, noCheck: true };
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, root, settings);
  const declarations = new Map();
  const { diagnostics } = ts
    .createProgram(files, options)
    .emit(undefined, (path, text) => declarations.set(path.replace(/\.d\.ts$/, ''), text));
  for (const { file, messageText } of diagnostics)
    throw new Error(`${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
  return declarations;
}

/** The path without `.ts` of what a file imports; undefined for another published package. */
function resolved(specifier, importer) {
  if (specifier.startsWith('.')) return join(dirname(importer), specifier.replace(/\.[jt]s$/, ''));
  const match = /^@mint\/internal(?:\/(.+))?$/.exec(specifier);
  return match ? join(internal, match[1] ?? 'index') : undefined;
}

/** Writes the declarations of a package's entries and of all that they import. */
function writeTypes(name, declarations) {
  const source = join(packages, name, 'src');
  const dist = join(packages, name, 'dist');
  for (const file of existsSync(dist) ? readdirSync(dist, { recursive: true }) : [])
    if (file.endsWith('.d.ts')) rmSync(join(dist, file));
  const targetOf = (path) =>
    path.startsWith(internal)
      ? join(dist, 'internal', relative(internal, path))
      : join(dist, relative(source, path));
  const seen = new Set();
  const write = (path) => {
    if (seen.has(path)) return;
    seen.add(path);
    let text = declarations.get(path);
    if (text === undefined) throw new Error(`${path}: has no declarations`);
    const target = targetOf(path);
    // The last import first, so that positions before it stay right. `pos` is the position of the opening quote.
    for (const { fileName, pos } of ts.preProcessFile(text).importedFiles.reverse()) {
      const imported = resolved(fileName, path);
      if (imported === undefined) continue;
      write(imported);
      const specifier = `${relative(dirname(target), targetOf(imported))}.js`;
      const written = specifier.startsWith('.') ? specifier : `./${specifier}`;
      text = text.slice(0, pos + 1) + written + text.slice(pos + 1 + fileName.length);
    }
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(`${target}.d.ts`, text);
  };
  for (const entry of entriesOf(name)) write(entry.replace(/\.ts$/, ''));
}

const published = readdirSync(packages).filter((name) => !manifestOf(name).private);
const declarations = declare(['internal', ...published].flatMap(entriesOf));
for (const name of published) writeTypes(name, declarations);
