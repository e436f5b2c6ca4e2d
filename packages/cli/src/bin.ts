#!/usr/bin/env node
import { MintError } from '@mint/internal';
import { CommanderError } from 'commander';
import { createProgram } from './program.js';
import { terminalProgress } from './progress.js';

// Exit codes: 0 done, 1 failed while running, 2 used wrongly, 130 stopped by the user.
const progress = terminalProgress();
const program = createProgram({
  progress,
  onExit: (code) => {
    process.exitCode = code;
  },
});
try {
  await program.parseAsync();
} catch (error) {
  progress.stop();
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    const verbose = program.opts<{ verbose?: boolean }>().verbose === true;
    const known = MintError.isInstance(error) && !verbose;
    process.stderr.write(
      known ? `mint: ${error.message}\n` : `mint: ${error instanceof Error ? error.stack : String(error)}\n`,
    );
    process.exitCode = 1;
  }
}
