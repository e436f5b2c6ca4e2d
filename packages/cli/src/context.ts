import type { Progress } from './progress.js';

/** What every command gets. */
export interface CommandContext {
  readonly progress: Progress;
  /** Gets the exit code of the command that ran. */
  readonly onExit: (code: number) => void;
}
