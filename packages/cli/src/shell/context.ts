import type { Progress } from './progress.js';

/** Flags that every command takes, before or after its name. */
export interface GlobalFlags {
  readonly json?: boolean | undefined;
  readonly verbose?: boolean | undefined;
}

/** What the program needs from its surroundings. */
export interface ProgramHost {
  /** Shows users what happens. */
  readonly progress: Progress;
  /** Gets the exit code of the command that ran. */
  readonly onExit: (code: number) => void;
}

/** What each command gets. */
export interface CommandContext extends ProgramHost {
  /** Prints the result of a command to standard output, once: `text`, or `data` as one JSON document under `--json`. */
  readonly print: (text: string, data: unknown) => void;
}
