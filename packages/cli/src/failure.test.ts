import { MintError } from '@mint/internal';
import { CommanderError } from 'commander';
import { expect, test } from 'vitest';
import { failureOf } from './failure.js';
import { Interrupted } from './shell/interruption.js';

const system = (code: string, path?: string) =>
  Object.assign(new Error(`${code}: as Node.js says it, open '${path}'`), { code, path });

test.each([
  [
    'a mistyped flag gets a suggestion and a pointer to the help',
    new CommanderError(
      1,
      'commander.unknownOption',
      "error: unknown option '--epohcs'\n(Did you mean --epochs?)",
    ),
    { code: 'USAGE', exitCode: 2 },
    "unknown option '--epohcs'; did you mean --epochs? See mint train --help.",
  ],
  [
    'several flags are possible',
    new CommanderError(
      1,
      'commander.unknownOption',
      "error: unknown option '--a'\n(Did you mean one of --b, --c?)",
    ),
    { code: 'USAGE', exitCode: 2 },
    "unknown option '--a'; did you mean one of --b, --c? See mint train --help.",
  ],
  [
    'no command at all',
    new CommanderError(1, 'commander.help', '(outputHelp)'),
    { code: 'USAGE', exitCode: 2 },
    'expected a command. See mint train --help.',
  ],
  [
    'an error of the library keeps its code, on one line',
    new MintError('CORRUPT_FILE', 'model.json: no JSON:\n  Unexpected token.'),
    { code: 'CORRUPT_FILE', exitCode: 1 },
    'model.json: no JSON: Unexpected token.',
  ],
  [
    'the user stopped the command',
    new Interrupted('stopped; go on with --resume.'),
    { code: 'INTERRUPTED', exitCode: 130 },
    'stopped; go on with --resume.',
  ],
  [
    'a full disk',
    system('ENOSPC', 'runs/a/log.jsonl'),
    { code: 'ENOSPC', exitCode: 1 },
    'runs/a/log.jsonl: no space left on the disk; free some and run again.',
  ],
  [
    'a place without permission',
    system('EACCES', '/root/x'),
    { code: 'EACCES', exitCode: 1 },
    '/root/x: permission denied; choose another place, or change the permissions of this one.',
  ],
  [
    'too many open files, without a path',
    system('EMFILE'),
    { code: 'EMFILE', exitCode: 1 },
    'too many files are open; raise the limit (`ulimit -n 4096`) and run again.',
  ],
  [
    'an allocation that fails',
    new RangeError('Array buffer allocation failed'),
    { code: 'OUT_OF_MEMORY', exitCode: 1 },
    'out of memory: Array buffer allocation failed. Use smaller batches, fewer images, or a machine with more memory.',
  ],
  [
    'a bug of ours asks for a report',
    new TypeError("Cannot read properties of undefined (reading 'x')"),
    { code: 'UNEXPECTED', exitCode: 1 },
    "unexpected error: Cannot read properties of undefined (reading 'x'). This is a bug in mint: please report it, with the output of the same command under --verbose.",
  ],
  [
    'a system error without advice is a bug too',
    system('EBADF', 'x'),
    { code: 'UNEXPECTED', exitCode: 1 },
    "unexpected error: EBADF: as Node.js says it, open 'x'. This is a bug in mint: please report it, with the output of the same command under --verbose.",
  ],
])('%s', (_, error, expected, message) => {
  expect(failureOf(error, 'mint train')).toEqual({ ...expected, message });
});

test('a real failure to allocate is reported as out of memory', () => {
  const isOutOfMemory = (error: unknown) => failureOf(error, 'mint').code === 'OUT_OF_MEMORY';
  expect(() => new ArrayBuffer(2 ** 52)).toThrow(expect.toSatisfy(isOutOfMemory));
});
