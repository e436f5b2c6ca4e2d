#!/usr/bin/env node
import { inspect, styleText } from 'node:util';
import { errorCode } from '@mint/internal/node';
import { CommanderError } from 'commander';
import { failureOf } from './failure.js';
import { createProgram } from './program.js';
import type { GlobalFlags } from './shell/context.js';
import { Interrupted, whenInterrupted } from './shell/interruption.js';
import { terminalProgress } from './shell/progress.js';
import { commandsOf, fullName } from './shell/tree.js';

// A thread cannot set it for ONNX Runtime, and the first session decides: see `onnxRuntime` in @mint/backend-onnx.
process.env.ORT_DISABLE_TELEMETRY ??= '1';

const progress = terminalProgress();
const program = createProgram({
  progress,
  onExit: (code) => {
    process.exitCode = code;
  },
});
let command = program;
for (const parent of commandsOf(program)) {
  parent.hook('preSubcommand', (_, subcommand) => {
    command = subcommand;
  });
}

/** Reports an error in one line, and under `--json` as a document too. */
function fail(error: unknown): void {
  progress.stop();
  if (error instanceof CommanderError && error.exitCode === 0) return; // --help, --version
  const { json, verbose } = program.opts<GlobalFlags>();
  const { exitCode, ...failure } = failureOf(error, fullName(command));
  process.exitCode = exitCode;
  if (json) process.stdout.write(`${JSON.stringify({ error: failure }, null, 2)}\n`);
  const stream = process.stderr;
  stream.write(`${styleText('red', 'mint:', { stream })} ${failure.message}\n`);
  if (verbose) stream.write(`${inspect(error)}\n`);
}

// When the reader of the results goes away (`mint … | head`), the command ends as the signal SIGPIPE would end it. Without a
// reader of the progress it goes on.
process.stdout.on('error', (error) => {
  if (errorCode(error) === 'EPIPE') process.exit(141);
  throw error;
});
process.stderr.on('error', () => {});
process.on('uncaughtException', (error) => {
  fail(error);
  process.exit();
});
whenInterrupted(() => {
  fail(new Interrupted('interrupted.'));
  process.exit();
});

await program.parseAsync().catch(fail);
