import type { Progress } from './progress.js';

/** Flags that every command takes, before or after its name. */
export interface GlobalFlags {
  readonly json?: boolean | undefined;
  readonly verbose?: boolean | undefined;
}

/** What the program needs from where it runs. */
export interface ProgramHost {
  /** Where the commands tell people what happens. */
  readonly progress: Progress;
  /** Gets the exit code of the command that ran. */
  readonly onExit: (code: number) => void;
}

/** What every command gets. */
export interface CommandContext extends ProgramHost {
  /** Prints a command's result to standard output, once: `text`, or under `--json` `data` as one JSON document. */
  readonly print: (text: string, data: unknown) => void;
}
