import type { Command } from 'commander';
import type { CommandContext } from '../../shell/context.js';
import type { Shell } from './flags.js';
import { completionScript } from './script.js';

/** `mint completion <shell>`: prints the script for a shell. Returns the exit code. */
export function runCompletion(shell: Shell, program: Command, { print }: CommandContext): number {
  const script = completionScript(shell, program);
  print(script.trimEnd(), { shell, script });
  return 0;
}
