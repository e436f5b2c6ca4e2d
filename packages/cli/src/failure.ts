import { MintError, oneLine } from '@mint/internal';
import { errorCode } from '@mint/internal/node';
import { CommanderError } from 'commander';
import { Interrupted } from './shell/interruption.js';

/** A command's failure, as users see it. */
export interface Failure {
  /** A `MintErrorCode`, a system error such as `EACCES`, or `USAGE`, `INTERRUPTED`, `OUT_OF_MEMORY`, `UNEXPECTED`. */
  readonly code: string;
  /** One line: what is wrong and what to do. */
  readonly message: string;
  /** 1 failed while running, 2 used wrongly, 130 interrupted. */
  readonly exitCode: 1 | 2 | 130;
}

/** System errors by code: what is wrong and what to do. */
const SYSTEM: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on the disk; free some and run again',
  EDQUOT: 'the disk quota is used up; free some space and run again',
  EACCES: 'permission denied; choose another place, or change the permissions of this one',
  EPERM: 'the system does not permit it; choose another place, or change the permissions of this one',
  EROFS: 'the file system is read-only; choose another place',
  EMFILE: 'too many files are open; raise the limit (`ulimit -n 4096`) and run again',
  ENFILE: 'too many files are open on this machine; close programs and run again',
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'expected a folder',
  EISDIR: 'expected a file, found a folder',
  EIO: 'the disk failed to read or write; check it',
};

/** Words of JavaScript, ONNX Runtime, libvips and the system when memory runs out. */
const NO_MEMORY = /array buffer allocation failed|bad_alloc|failed to allocate|out of memory|ENOMEM/i;

/**
 * Turns any error of a command into one line that says what to do.
 *
 * @param command - Such as `mint train`; messages about wrong usage point to its help.
 */
export function failureOf(error: unknown, command: string): Failure {
  if (error instanceof CommanderError) {
    const text = error.code === 'commander.help' ? 'expected a command' : usage(error.message);
    return { code: 'USAGE', message: `${sentence(text)} See ${command} --help.`, exitCode: 2 };
  }
  if (error instanceof Interrupted) return { code: 'INTERRUPTED', message: error.message, exitCode: 130 };
  if (MintError.isInstance(error)) return { code: error.code, message: oneLine(error), exitCode: 1 };
  const text = oneLine(error);
  if (NO_MEMORY.test(text)) {
    const message = `out of memory: ${sentence(text)} Use smaller batches, fewer images, or a machine with more memory.`;
    return { code: 'OUT_OF_MEMORY', message, exitCode: 1 };
  }
  const code = errorCode(error);
  const reason = code === undefined ? undefined : SYSTEM[code];
  if (code !== undefined && reason !== undefined)
    return { code, message: `${pathOf(error)}${sentence(reason)}`, exitCode: 1 };
  const message = `unexpected error: ${sentence(text)} This is a bug in mint: please report it, with the output of the same command under --verbose.`;
  return { code: 'UNEXPECTED', message, exitCode: 1 };
}

/** Puts `error: unknown option '--epoch'\n(Did you mean --epochs?)` on one line. */
function usage(message: string): string {
  return message.replace(/^error: /, '').replace(/\.?\s*\(Did you mean (.*)\?\)$/s, '; did you mean $1?');
}

const sentence = (text: string): string => (/[.?!]$/.test(text) ? text : `${text}.`);

/** The file that a system error concerns, where the error names one. */
function pathOf(error: unknown): string {
  const named = typeof error === 'object' && error !== null && 'path' in error;
  return named && typeof error.path === 'string' ? `${error.path}: ` : '';
}
