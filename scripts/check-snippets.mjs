// Type-checks and runs every ```ts block in docstrings, READMEs of packages and docs/, and compares the output with the comments at
// each console.log: the one at the end of the line, else the lines below it. `…` stands for any text, line breaks count as spaces,
// and a console.log without a comment may print anything.
//
//   ```ts          type-checked, run, compared
//   ```ts no-run   type-checked only: needs a file, a network or a long time
//   ```ts ignore   not checked: not a program
//
// The program in README.md finds what docs/readme-model.ts writes. A block can import what docs/package.json names. The blocks of one package run in one process, each as a module, in an empty
// folder. `npm run check:snippets -- inr docs` checks only these two folders.
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

/** The blocks of a file. `code` begins with one empty line per line above the block, so that messages show lines of the file. */
function blocksOf(file) {
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
          blocks.push({ file, line: open.line, code, runs: mode !== 'no-run' });
        open = undefined;
      } else if (fence !== undefined) open = { info: fence.trim(), line: i + 1, lines: [] };
    });
  return blocks;
}

function allBlocks() {
  const ofPackages = readdirSync(join(root, 'packages')).flatMap((name) => {
    const folder = join(root, 'packages', name);
    const sources = filesBelow(join(folder, 'src')).filter((file) => /(?<!\.(test|bench))\.ts$/.test(file));
    return [join(folder, 'README.md'), ...sources].filter(existsSync);
  });
  const pages = filesBelow(join(root, 'docs')).filter((file) => file.endsWith('.md'));
  return [join(root, 'README.md'), ...pages, ...ofPackages].flatMap(blocksOf);
}

/** Type errors in the modules, under the compiler options of the packages. */
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

/** The output that a block states: the comment behind or below each console.log, or `…` if there is none. */
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
  return expected.length === 0 ? '…' : expected.join('\n');
}

/** The modules to run, grouped by package. */
function groups(modules) {
  const ofFolder = new Map();
  for (const [module, block] of modules) {
    const folder = relative(root, block.file).split(sep).slice(0, 2).join();
    if (block.runs) ofFolder.set(folder, (ofFolder.get(folder) ?? new Map()).set(module, block));
  }
  return ofFolder.values();
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
  const files = [...modules.values()].map(({ file }) => file);
  const preparation = files.includes(join(root, 'README.md')) ? [join(root, 'docs/readme-model.ts')] : [];
  const child = fork(join(root, 'scripts/run-modules.mjs'), [...preparation, ...modules.keys()], {
    cwd: folder,
    execArgv: ['--conditions=@mint/source', '--import', import.meta.resolve('tsx')],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    timeout: 600_000,
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
        if (result === undefined) return [`${file}:${line}: did not finish (${signal ?? code}).\n${stderr}`];
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
const home = join(root, `docs/.snippets-${process.pid}`);
process.on('exit', () => rmSync(home, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
mkdirSync(home);
const modules = new Map(blocks.map((block, i) => [join(home, `${i}.ts`), block]));
for (const [module, { code }] of modules) writeFileSync(module, code);
const problems = typeErrors(modules);
let ran = 0;
if (problems.length === 0) {
  const queue = [...groups(modules)];
  const worker = async () => {
    for (let group = queue.pop(); group !== undefined; group = queue.pop()) {
      problems.push(...(await run(group)));
      ran += group.size;
    }
  };
  await Promise.all([worker(), worker()]);
}
for (const problem of problems) console.error(`${problem.replaceAll(`${root}/`, '')}\n`);
console.log(`${blocks.length} snippets type-checked, ${ran} run, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
