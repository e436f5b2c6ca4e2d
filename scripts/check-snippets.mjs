// Type-checks and runs every ```ts block of the docstrings, of the packages' READMEs and of docs/, and compares what it
// prints with the comments at its console.log: the one at the end of the line, else the lines below it. `…` stands for any
// text, line breaks count as spaces, and a console.log without a comment may print anything.
//
//   ```ts          type-checked, run, compared
//   ```ts no-run   type-checked only: needs a file, a network or a long time
//   ```ts ignore   left alone: not a program
//
// A block imports what its package can import; one of docs/, or of a private package (its docstrings appear in the docs of
// those that export its names), what docs/package.json names. Blocks of one package run in one process, each in its module,
// in an empty folder. `npm run check:snippets -- inr docs` checks these two alone.
import { fork } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Every file below a folder, without those that git ignores. */
function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (/^(\..*|node_modules|dist|api)$/.test(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

/** Blocks of a file; `code` begins with as many empty lines as stand above it, so that messages give the file's lines. */
function blocksOf(file, home) {
  const inComment = file.endsWith('.ts');
  const blocks = [];
  let open;
  readFileSync(file, 'utf8')
    .split('\n')
    .forEach((line, i) => {
      const text = inComment ? /^\s*\* ?(.*)$/.exec(line)?.[1] : line;
      const fence = /^\s*```(.*)$/.exec(text ?? '')?.[1];
      if (open !== undefined && fence === undefined) open.lines.push(text ?? '');
      else if (open !== undefined) {
        const [language, mode] = open.info.split(' ');
        const code = '\n'.repeat(open.line) + open.lines.join('\n');
        if (language === 'ts' && mode !== 'ignore')
          blocks.push({ file, home, line: open.line, code, runs: mode !== 'no-run' });
        open = undefined;
      } else if (fence !== undefined) open = { info: fence.trim(), line: i + 1, lines: [] };
    });
  return blocks;
}

function allBlocks() {
  const docs = join(root, 'docs');
  const ofPackages = readdirSync(join(root, 'packages')).flatMap((name) => {
    const folder = join(root, 'packages', name);
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const home = manifest.private ? docs : folder;
    const sources = filesBelow(join(folder, 'src')).filter((file) => /(?<!\.(test|bench|d))\.ts$/.test(file));
    return [join(folder, 'README.md'), ...sources].filter(existsSync).flatMap((file) => blocksOf(file, home));
  });
  const pages = [join(root, 'README.md'), ...filesBelow(docs).filter((file) => file.endsWith('.md'))];
  return [...ofPackages, ...pages.flatMap((file) => blocksOf(file, docs))];
}

/** Problems that the compiler finds in the modules, in the settings of the packages. */
function typeErrors(modules) {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, root);
  const program = ts.createProgram([...modules.keys()], options);
  return [...modules].flatMap(([module, { file }]) => {
    const source = program.getSourceFile(module);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      ({ start = 0, messageText }) => {
        const { line } = source.getLineAndCharacterOfPosition(start);
        return `${file}:${line + 1}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
      },
    );
  });
}

/** What a block says it prints: for each console.log the comment behind or below it, `…` where there is none. */
function expectedOutput(code) {
  const expected = [];
  const textOf = ({ pos, end }) => code.slice(pos, end).replace(/^\/\/ ?/, '');
  const visit = (node) => {
    if (ts.isExpressionStatement(node) && /^console\.log\(/.test(node.getText())) {
      const behind = ts.getTrailingCommentRanges(code, node.end);
      const below = [];
      let { end } = node;
      for (const range of behind ? [] : (ts.getLeadingCommentRanges(code, node.end) ?? [])) {
        if (code.slice(end, range.pos).split('\n').length > 2) break;
        below.push(range);
        end = range.end;
      }
      const comments = behind ?? below;
      expected.push(comments.length === 0 ? '…' : comments.map(textOf).join('\n'));
    } else ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('block.ts', code, ts.ScriptTarget.Latest, true));
  return expected.join('\n');
}

const oneLine = (text) => text.replace(/\s+/g, ' ').trim();

function matches(printed, expected) {
  const parts = expected.split('…').map((part) => oneLine(part).replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.map((part) => ` ?${part} ?`).join('.*')}$`).test(oneLine(printed));
}

/** Runs modules one after the other in a process; a message for each that throws or prints something else. */
function run(modules) {
  const folder = mkdtempSync(join(tmpdir(), 'mint-snippets-'));
  const results = new Map();
  const child = fork(join(root, 'scripts/run-modules.mjs'), [...modules.keys()], {
    cwd: folder,
    execArgv: ['--conditions=@mint/source', '--import', import.meta.resolve('tsx')],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    timeout: 120_000,
  });
  let stderr = '';
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  child.on('message', (result) => results.set(result.module, result));
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      rmSync(folder, { recursive: true, force: true });
      const problems = [...modules].flatMap(([module, { file, line, code: text }]) => {
        const result = results.get(module);
        if (result === undefined) return [`${file}:${line}: did not end (${signal ?? code}).\n${stderr}`];
        if (result.error !== undefined) return [`${file}:${line}: ${result.error.replaceAll(module, file)}`];
        const expected = expectedOutput(text);
        if (matches(result.printed, expected)) return [];
        return [`${file}:${line}: expected to print\n${expected}\nbut printed\n${result.printed}`];
      });
      resolve(problems);
    });
  });
}

const wanted = process.argv.slice(2);
const isWanted = ({ file }) => {
  const folders = relative(root, file).split(sep);
  return wanted.length === 0 || wanted.some((name) => folders.includes(name));
};
const blocks = allBlocks().filter(isWanted);
const homes = new Map();
const folders = new Set();
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
blocks.forEach((block, i) => {
  const folder = join(block.home, `.snippets-${process.pid}`);
  folders.add(folder);
  mkdirSync(folder, { recursive: true });
  const module = join(folder, `${i}.ts`);
  writeFileSync(module, block.code);
  homes.set(block.home, (homes.get(block.home) ?? new Map()).set(module, block));
});
const problems = typeErrors(new Map([...homes.values()].flatMap((modules) => [...modules])));
let ran = 0;
if (problems.length === 0) {
  const queue = [...homes.values()].map((modules) => new Map([...modules].filter(([, { runs }]) => runs)));
  const worker = async () => {
    for (let modules = queue.pop(); modules !== undefined; modules = queue.pop()) {
      problems.push(...(await run(modules)));
      ran += modules.size;
    }
  };
  await Promise.all([worker(), worker()]);
}
for (const problem of problems) console.error(`${problem.replaceAll(`${root}/`, '')}\n`);
console.log(`${blocks.length} snippets type-checked, ${ran} run, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
