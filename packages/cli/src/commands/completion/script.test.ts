import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@mint/test-utils';
import { beforeEach, expect, test } from 'vitest';
import { createProgram } from '../../program.js';
import { terminalProgress } from '../../shell/progress.js';
import { SHELLS } from './flags.js';
import { completionScript } from './script.js';

const root = temporaryFolder();
const has = (name: string): boolean => spawnSync(name, ['--version']).status === 0;

beforeEach(() => {
  const program = createProgram({ progress: terminalProgress(), onExit: () => {} });
  for (const shell of SHELLS)
    writeFileSync(join(root.path, `mint.${shell}`), completionScript(shell, program));
  mkdirSync(join(root.path, 'images'));
  writeFileSync(join(root.path, 'plan.txt'), '');
  const show = `mint() { printf '[%s]' "$*"; echo; }`;
  writeFileSync(join(root.path, '.bashrc'), `source mint.bash; ${show}`);
  writeFileSync(
    join(root.path, '.zshrc'),
    `autoload -U compinit; compinit -D -u; source ./mint.zsh; ${show}`,
  );
});

/** What a person types before the tab key, and the arguments that `mint` gets. */
const CASES = [
  ['mint evalu', 'evaluate'],
  ['mint cache ver', 'cache verify'],
  ['mint train --learn', 'train --learning-rate'],
  ['mint --verbose cache ls --js', '--verbose cache ls --json'],
  ['mint train parts --model u', 'train parts --model uniad'],
  ['mint train parts --model=u', 'train parts --model=uniad'],
  ['mint completion fi', 'completion fish'],
  // A folder where one is expected, any file as an argument, nothing where any text is allowed.
  ['mint train --out i', 'train --out images'],
  ['mint cache ls i', 'cache ls images'],
  ['mint train parts --device onnx:w', 'train parts --device onnx:webgpu'],
  ['mint predict pl', 'predict plan.txt'],
  ['mint predict --class pl', 'predict --class pl'],
] as const;

/** Types lines into an interactive shell at a terminal, each ended by tab and return. Returns the arguments of each `mint`. */
async function typed(shell: string, lines: readonly string[]): Promise<string[]> {
  const env = { ...process.env, ZDOTDIR: root.path, TERM: 'xterm' };
  const terminal = spawn('script', ['-qc', shell, '/dev/null'], { cwd: root.path, env });
  const got: string[] = [];
  let screen = '';
  terminal.stdin.write(`mint ready\n`);
  for await (const part of terminal.stdout) {
    screen += part;
    const [, args] = /^\[(.*)\]\r?$/m.exec(screen) ?? [];
    if (args === undefined) continue;
    screen = '';
    got.push(args.trim().replace(/\/$/, ''));
    const next = lines[got.length - 1];
    if (next === undefined) terminal.stdin.end('exit\n');
    else terminal.stdin.write(`${next}\t\n`);
  }
  return got.slice(1);
}

for (const [shell, start] of [
  ['bash', 'bash --rcfile .bashrc -i'],
  ['zsh', 'zsh -i'],
] as const) {
  const missing = ['script', shell].find((name) => !has(name));
  const title = `${shell} completes commands, flags and values at a terminal`;
  test.skipIf(missing)(missing === undefined ? title : `${title} (skipped: no ${missing})`, async () => {
    const lines = CASES.map(([line]) => line);
    expect(await typed(start, lines)).toEqual(CASES.map(([, args]) => args));
  });
}

test.skipIf(!has('fish'))(
  `fish completes commands, flags and values${has('fish') ? '' : ' (skipped: no fish)'}`,
  () => {
    for (const [line, args] of CASES) {
      const out = execFileSync(
        'fish',
        ['--no-config', '-c', 'source mint.fish; complete -C $argv[1]', line],
        {
          cwd: root.path,
          encoding: 'utf8',
        },
      );
      const words = out.split('\n').map((row) => row.split('\t')[0]);
      const wanted = args.split(' ').at(-1) ?? '';
      if (line.endsWith(wanted)) expect(out).toBe('');
      else expect(words, line).toContain(wanted === 'images' ? 'images/' : wanted);
    }
  },
);
