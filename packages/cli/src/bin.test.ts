import { spawn, spawnSync } from 'node:child_process';
import { copyFile, link, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { proceduralDataset, writeMvtec } from '@mint/data';
import { temporaryFolder } from '@mint/test-utils';
import { expect, test } from 'vitest';
import { MINT, mint } from './__fixtures__/run.js';

const root = temporaryFolder();

const WRONG = ['cache', 'prune', 'x', '--unsued', '3'];
const LINE = "mint: unknown option '--unsued'; did you mean --unused? See mint cache prune --help.\n";

test('wrong usage gives one line without colours and exit code 2', async () => {
  expect(await mint(WRONG)).toEqual({ code: 2, out: '', err: LINE });
});

test('FORCE_COLOR colours errors even without a terminal', async () => {
  const { err } = await mint(WRONG, { env: { ...process.env, FORCE_COLOR: '1' } });
  expect(err).toBe(LINE.replace('mint:', '\u001b[31mmint:\u001b[39m'));
});

test('--json prints one document to standard output, for errors too', async () => {
  const { code, out, err } = await mint(['--json', 'diff-protocol', 'nowhere', 'nowhere']);
  expect(code).toBe(1);
  const { error } = JSON.parse(out);
  expect(Object.keys(error)).toEqual(['code', 'message']);
  expect(error.code).toBe('NOT_FOUND');
  expect(err).toBe(`mint: ${error.message}\n`);
  const wrong = await mint([...WRONG, '--json']);
  expect(JSON.parse(wrong.out)).toEqual({
    error: { code: 'USAGE', message: LINE.trim().replace('mint: ', '') },
  });
});

test('--verbose shows where an error came from', async () => {
  const { err } = await mint(['--verbose', 'diff-protocol', 'nowhere', 'nowhere']);
  expect(err).toMatch(/^mint: .*metrics\.json.*\n(.*\n)*? {4}at .*diff-protocol/);
});

test('a closed pipe ends the command quietly, as the signal SIGPIPE would', async () => {
  const child = spawn('node', [...MINT, 'completion', 'bash'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let err = '';
  child.stderr.on('data', (text) => {
    err += text;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect({ code, err }).toEqual({ code: 141, err: '' });
});

const terminal = spawnSync('script', ['--version']).status === 0;

test.skipIf(!terminal)(
  `at a terminal there is a bar; Ctrl-C ends it, gives the cursor back and the code 130${terminal ? '' : ' (skipped: no script)'}`,
  async () => {
    const folder = join(root.path, 'parts', 'nut', 'good');
    await mkdir(folder, { recursive: true });
    await writeMvtec(
      proceduralDataset({ trainPerClass: 1, testGoodPerClass: 0, defectsPerClass: 0, size: 64 }),
      join(root.path, 'made'),
    );
    await copyFile(join(root.path, 'made/gear/train/good/000.png'), join(folder, '0.png'));
    for (let i = 1; i < 3000; i++) await link(join(folder, '0.png'), join(folder, `${i}.png`));
    const command = ['node', ...MINT, 'data', 'check', 'parts'].map((word) => `'${word}'`).join(' ');
    const child = spawn('script', ['-qec', command, '/dev/null'], { cwd: root.path, stdio: 'pipe' });
    let screen = '';
    child.stdout.on('data', (text) => {
      if (!screen.includes('checking') && String(text).includes('checking')) child.stdin.write('\u0003');
      screen += text;
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(code).toBe(130);
    expect(screen).toMatch(/checking .* \d+\/3000 images/);
    expect(screen.trimEnd().split('\n').at(-1)).toContain('interrupted.');
    expect(screen.lastIndexOf('\u001b[?25h')).toBeGreaterThan(screen.lastIndexOf('\u001b[?25l'));
  },
);

test('help loads nothing slow: no backend, no image decoder, no other package of this repository', async () => {
  const hooks = `export const resolve = (name, context, next) => {
    if (/^(@tensorflow|sharp|onnxruntime|zod|fastify|@mint\\/(?!internal))/.test(name)) throw new Error('loaded: ' + name);
    return next(name, context);
  }`;
  const guard = `import { register } from 'node:module'; register(${JSON.stringify(dataUrl(hooks))});`;
  const env = { ...process.env, NODE_OPTIONS: `--import=${dataUrl(guard)}` };
  const help = await mint(['train', '--help'], { env });
  expect(help).toMatchObject({ code: 0, err: '', out: expect.stringContaining('Usage: mint train') });
  // The check works.
  expect((await mint(['cache', 'ls', '.'], { env })).err).toContain('loaded: @mint/trainer');
});

const dataUrl = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;
