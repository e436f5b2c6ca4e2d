import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { assertCommand } from '../../__fixtures__/known-command.js';

const path = (file: string) => fileURLToPath(new URL(`../../../../../examples/${file}`, import.meta.url));

/** Instructions of a Dockerfile, each on one line, without comments. */
const instructions = (file: string): string[] =>
  readFileSync(path(file), 'utf8')
    .replace(/^#.*\n/gm, '')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) => line.trim().replace(/\s+/g, ' '))
    .filter((line) => line !== '');

const hasHadolint = spawnSync('hadolint', ['--version']).status === 0;

describe.each([
  ['16-station/Dockerfile', 'serve'],
  ['17-fleet/Dockerfile', 'fleet'],
])('%s', (file, command) => {
  test('is built as it should be, and mint takes its command', () => {
    const lines = instructions(file);
    const of = (name: string) =>
      lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
    expect(of('FROM')).toEqual([expect.stringMatching(/^node:\d+(\.\d+)*-[\w-]+$/)]);
    // Not as root; a number, so that Kubernetes can tell.
    expect(of('USER').at(-1)).toMatch(/^[1-9]\d*(:[1-9]\d*)?$/);
    for (const line of of('RUN').filter((one) => one.includes('apt-get install')))
      expect(line).toMatch(
        /apt-get update && .*--no-install-recommends --yes .*rm -rf \/var\/lib\/apt\/lists/,
      );
    // Signals reach a program that is started without a shell.
    for (const line of of('CMD').filter((one) => /^\[?"?mint/.test(one)))
      assertCommand(JSON.parse(line), command);
    for (const line of [...of('CMD'), ...of('ENTRYPOINT')]) expect(line).toMatch(/^\[.*\]$/);
    const known = [
      'FROM',
      'RUN',
      'ARG',
      'ENV',
      'VOLUME',
      'USER',
      'EXPOSE',
      'HEALTHCHECK',
      'CMD',
      'ENTRYPOINT',
    ];
    expect(lines.map((line) => line.split(' ')[0]).filter((name) => !known.includes(name ?? ''))).toEqual([]);
  });

  test.skipIf(!hasHadolint)(`passes hadolint${hasHadolint ? '' : ' (skipped: no hadolint)'}`, () => {
    const { status, stdout } = spawnSync('hadolint', [path(file)], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, '']);
  });
});

describe('the unit for systemd', () => {
  const unit = readFileSync(path('16-station/mint.service'), 'utf8');

  test('starts what mint takes, and ends later than a request may', () => {
    const start = /^ExecStart=(.*)$/m.exec(unit)?.[1]?.split(' ') ?? [];
    assertCommand(start, 'serve');
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])).toBeGreaterThan(30);
  });

  const verify = spawnSync('systemd-analyze', ['verify', path('16-station/mint.service')], {
    encoding: 'utf8',
  });
  const hasSystemd = verify.error === undefined;
  test.skipIf(!hasSystemd)(
    `passes systemd-analyze verify${hasSystemd ? '' : ' (skipped: no systemd)'}`,
    () => {
      // Here, mint may not be installed.
      const said = verify.stderr.split('\n').filter((line) => /mint\.service/.test(line));
      expect(said.filter((line) => !/is not executable/.test(line))).toEqual([]);
    },
  );
});
